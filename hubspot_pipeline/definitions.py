"""What Dagster loads: every destination under ``defs/``, in the in-process executor."""

import warnings
from types import ModuleType

import dagster as dg

from hubspot_pipeline.destination import DestinationError, definitions_folder


def _destinations() -> dg.Definitions:
    """Load the destinations' folder, which need not be a package, nor below a pyproject.toml."""
    folder = definitions_folder()
    if not folder.is_dir():
        raise DestinationError(
            f"There is no folder {folder} to load destinations from. It is named by "
            "HUBSPOT_PIPELINE_DEFS."
        )
    module = ModuleType("hubspot_pipeline.defs")
    module.__file__ = str(folder / "__init__.py")
    with warnings.catch_warnings():
        # Dagster's loader warns of its own beta parts and old calls; none of them is ours.
        warnings.simplefilter("ignore", dg.BetaWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        tree = dg.ComponentTree.from_module(defs_module=module, project_root=folder.parent)
        return tree.build_defs()


defs = dg.Definitions.merge(
    _destinations(),
    # One run, one process: a step that goes on sending after its run has died would be a second
    # sender, and starting a process for each step takes longer than most of them.
    dg.Definitions(executor=dg.in_process_executor),
)
