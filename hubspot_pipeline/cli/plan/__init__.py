"""The verb ``plan``: what a delivery would do, as a table, JSON or a page."""

from hubspot_pipeline.cli.plan.verb import plan

__all__ = ["plan"]
