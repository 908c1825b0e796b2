"""The directives: each becomes an expression, a function from columns to a column."""

from hubspot_pipeline.mapping.directives import (  # noqa: F401 - each registers its directives
    branches,
    case,
    items,
    json_values,
    liquid,
    objects,
    replace,
    transform,
    values,
)
from hubspot_pipeline.mapping.directives.reading import DIRECTIVES

__all__ = ["DIRECTIVES"]
