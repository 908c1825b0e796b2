"""What a person asks of one run, beyond what its destination says."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How one run delivers.

    Attributes:
        redeliver: Whether every row is sent, also where it was delivered before, or is older than
            what was.
        override_guards: Whether it is delivered although the mapping's guards would hold it back.
    """

    redeliver: bool = False
    override_guards: bool = False


AS_USUAL = RunOptions()
"""Nothing special is asked."""
