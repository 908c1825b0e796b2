"""How the machines that hold the account to its models are run."""

import os

from hypothesis import HealthCheck, Phase, settings

RUNS = int(os.environ.get("HUBSPOT_PIPELINE_MACHINE_RUNS", "8"))
"""How many accounts each machine goes through; some thousands find more."""

MACHINE_RUNS = settings(
    max_examples=RUNS,
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.explicit, Phase.reuse, Phase.generate],  # shrinking takes minutes
    print_blob=False,
)
