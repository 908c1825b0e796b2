"""What must be in place before a verb works on partitions: mappings, credentials, exports."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hubspot_pipeline.cli.problems import UserError
from hubspot_pipeline.destination import open_destination
from hubspot_pipeline.events import find_files
from hubspot_pipeline.pipeline import program_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hubspot_pipeline.cli.targets import Target
    from hubspot_pipeline.destination import Destination


def check_ready(targets: Sequence[Target]) -> None:
    """Raise where it is plain, before anything is started, that nothing can be delivered."""
    for target in targets:
        program_of(open_destination(target.destination), target.mapping)
    for name in dict.fromkeys(target.destination for target in targets):
        destination = open_destination(name)
        secrets_of(destination)
        find_files(destination.events.path, targets[0].partition)


def secrets_of(destination: Destination) -> dict[str, str]:
    """Return a destination's credentials, by what they are; ``UserError`` names those not set."""
    variables = destination.authentication.model_dump()
    unset = [variable for variable in variables.values() if not os.environ.get(variable)]
    if unset:
        raise UserError(
            f"Destination '{destination.name}' takes its credentials from the environment, but "
            f"{', '.join(unset)} is not set."
        )
    return {secret: os.environ[variable] for secret, variable in variables.items()}
