"""Dagster's view of the pipeline, and the only room that knows Dagster."""
