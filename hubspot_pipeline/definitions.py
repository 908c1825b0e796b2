"""What Dagster loads: every destination there is, in the in-process executor."""

import dagster as dg

from hubspot_pipeline.destination import definitions_folder
from hubspot_pipeline.orchestration.component import load_destinations

defs = dg.Definitions.merge(
    load_destinations(definitions_folder()),
    # One run, one process: a step that goes on sending after its run has died would be a second
    # sender, and starting a process for each step takes longer than most of them.
    dg.Definitions(executor=dg.in_process_executor),
)
