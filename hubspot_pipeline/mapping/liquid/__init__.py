"""Liquid templates: python-liquid's language, with the values and bounds of ``@liquid``."""

from hubspot_pipeline.mapping.liquid.engine import (
    LONGEST_TEMPLATE,
    Template,
    TemplateError,
    template_of,
)

__all__ = ["LONGEST_TEMPLATE", "Template", "TemplateError", "template_of"]
