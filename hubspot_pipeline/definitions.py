"""What Dagster loads: every destination there is."""

from hubspot_pipeline.orchestration.component import all_definitions

defs = all_definitions()
