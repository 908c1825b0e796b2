"""The actions: payload columns to writes, pure and column-wise."""

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.merge import merge_writes
from hubspot_pipeline.actions.upsert_contact import ACTION as UPSERT_CONTACT

ACTIONS: dict[str, Action] = {action.key: action for action in (UPSERT_CONTACT,)}
"""Every action by its key."""

__all__ = ["ACTIONS", "Action", "MappingSettings", "merge_writes"]
