"""The inputs of Custom Object V2 (actions §8.2)."""

from __future__ import annotations

from hubspot_pipeline.actions.defaults import first_of, path
from hubspot_pipeline.mapping.fields import Field

OBJECT_DETAILS = Field(
    "object_details",
    "Object Details",
    "object",
    required=True,
    description="Which record it is.",
    fields=(
        Field(
            "object_type",
            "Object Type",
            "string",
            required=True,
            description="The type of the record, such as contact, deal or a custom object's full "
            "name.",
        ),
        Field(
            "id_field_name",
            "Object ID Field Name",
            "string",
            required=True,
            description="The property that the record is found by: a unique one, email of a "
            "contact, or hs_object_id, by which records are updated only.",
        ),
        Field(
            "id_field_value",
            "Object ID Field Value",
            "string",
            required=True,
            description="The record's value of that property.",
        ),
        Field(
            "property_group",
            "Property Group",
            "string",
            description="The group in which properties are made that HubSpot lacks. Without it "
            "none is made, and rows with unknown properties are rejected.",
        ),
    ),
)

PROPERTIES = Field(
    "properties",
    "Properties",
    "object",
    description="The record's properties. Names are put in lower case, with _ for what HubSpot "
    "has in no name; they start with a letter.",
)

SENSITIVE_PROPERTIES = Field(
    "sensitive_properties",
    "Sensitive Properties",
    "object",
    description="Properties that hold sensitive data, as HubSpot defines it.",
)


def _links(key: str, label: str, description: str) -> Field:
    return Field(
        key,
        label,
        "object",
        multiple=True,
        description=description,
        fields=(
            Field(
                "object_type",
                "To Object Type",
                "string",
                required=True,
                description="The type of the other record.",
            ),
            Field(
                "association_label",
                "Association Label",
                "string",
                required=True,
                description="A label's category and id, such as HUBSPOT_DEFINED:279, or its name "
                "in HubSpot.",
            ),
            Field(
                "id_field_name",
                "To Object ID Field Name",
                "string",
                required=True,
                description="The unique property that the other record is found by.",
            ),
            Field(
                "id_field_value",
                "To Object ID Field Value",
                "string",
                description="The other record's value of it; without one there is nothing to do.",
            ),
        ),
    )


ASSOCIATIONS_TO_ADD = _links(
    "associations", "Associations to add", "Other records to associate the record with."
)

ASSOCIATIONS_TO_REMOVE = _links(
    "dissociations",
    "Associations to remove",
    "Associations to take away; other records are never created for it. Without its default label "
    "an association is gone as a whole.",
)

LIST_DETAILS = Field(
    "list_details",
    "List Details",
    "object",
    default={"connected_to_engage_audience": False, "should_create_list": True},
    description="The static list that the record is added to or removed from.",
    fields=(
        Field(
            "connected_to_engage_audience",
            "Connecting to Engage Audience",
            "boolean",
            description="Whether events of an audience or a journey step say by themselves what "
            "is to be done, and give the list its name if none is given here.",
        ),
        Field("list_name", "List Name", "string", description="The list's name, in any case."),
        Field(
            "list_action",
            "List Action",
            "boolean",
            description="True adds the record to the list, false removes it; audiences decide for "
            "themselves.",
        ),
        Field(
            "should_create_list",
            "Create List",
            "boolean",
            description="Whether the list is made where there is none of that name.",
        ),
    ),
)

FIELDS = (
    OBJECT_DETAILS,
    PROPERTIES,
    SENSITIVE_PROPERTIES,
    Field(
        "association_sync_mode",
        "Associated Record Sync Mode",
        "string",
        required=True,
        default="upsert",
        choices=("upsert", "read"),
        description="Whether other records are created where they are missing (upsert) or their "
        "associations skipped (read).",
    ),
    Field(
        "association_label_mode",
        "Association Label Mode",
        "string",
        default="keep",
        choices=("keep", "replace"),
        description="Whether an association keeps the labels that others gave it, or has only "
        "those given here.",
    ),
    ASSOCIATIONS_TO_ADD,
    ASSOCIATIONS_TO_REMOVE,
    LIST_DETAILS,
    Field(
        "timestamp",
        "Timestamp",
        "string",
        default=path("timestamp"),
        description="When the values were true: of several rows of one record the latest wins. "
        "Without it, the event's own time counts.",
    ),
    Field(
        "traits_or_props",
        "Traits or properties",
        "object",
        default=first_of("properties", "traits"),
        description="Where an audience's event says whether the record is in it.",
    ),
    Field(
        "computation_key",
        "Engage Audience Computation Key",
        "string",
        default=path("context.personas.computation_key"),
        description="The audience's key among those.",
    ),
    Field(
        "computation_class",
        "Engage Audience Computation Class",
        "string",
        default=path("context.personas.computation_class"),
        description="What made the event: audience or journey_step; of others lists know nothing.",
    ),
)
