"""The command line: a thin layer over the functions that Dagster calls."""

from hubspot_pipeline.cli.app import app, main

__all__ = ["app", "main"]
