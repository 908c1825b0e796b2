"""The actions: payload columns to writes, pure and column-wise."""

from hubspot_pipeline.actions.action import Action, MappingSettings
from hubspot_pipeline.actions.custom_event import ACTION as CUSTOM_EVENT
from hubspot_pipeline.actions.custom_object import ACTION as CUSTOM_OBJECT
from hubspot_pipeline.actions.merge import merge_writes
from hubspot_pipeline.actions.send_custom_behavioral_event import (
    ACTION as SEND_CUSTOM_BEHAVIORAL_EVENT,
)
from hubspot_pipeline.actions.upsert_company import ACTION as UPSERT_COMPANY
from hubspot_pipeline.actions.upsert_contact import ACTION as UPSERT_CONTACT
from hubspot_pipeline.actions.upsert_custom_object_record import (
    ACTION as UPSERT_CUSTOM_OBJECT_RECORD,
)

ACTIONS: dict[str, Action] = {
    action.key: action
    for action in (
        SEND_CUSTOM_BEHAVIORAL_EVENT,
        UPSERT_CONTACT,
        UPSERT_COMPANY,
        UPSERT_CUSTOM_OBJECT_RECORD,
        CUSTOM_OBJECT,
        CUSTOM_EVENT,
    )
}
"""Every action by its key."""

__all__ = ["ACTIONS", "Action", "MappingSettings", "merge_writes"]
