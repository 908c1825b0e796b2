"""What holds for all tests: none judges how fast the machine is, or how wide its terminal.

``HUBSPOT_PIPELINE_EXAMPLES`` is how many examples hypothesis draws where a test does not say: few
in every run, so that a run stays short, and many where somebody wants to search for long.
"""

import os

from hypothesis import settings

EXAMPLES = int(os.environ.get("HUBSPOT_PIPELINE_EXAMPLES", "12"))

os.environ.pop("COLUMNS", None)  # where tests run beside each other, workers get a width

settings.register_profile("any machine", deadline=None, max_examples=EXAMPLES)
settings.load_profile("any machine")
