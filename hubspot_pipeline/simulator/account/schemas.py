"""Schemas of custom object types: what an account defined itself, what of it is archived."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from hubspot_pipeline.simulator.account.object_types import ObjectType, ObjectTypes

FIRST_TYPE_ID = 3_465_404
"""Ids of custom object types count up from here: ``2-3465404``."""


@dataclass(slots=True)
class SchemaAssociation:
    """Two object types whose records can be associated, in one direction (§2.10).

    Attributes:
        id: The id of its association type, which writes of associations name.
        inverse: The id of the way back; the same one between records of one type.
    """

    id: str
    inverse: str
    from_id: str
    to_id: str
    name: str
    created: str


@dataclass(slots=True)
class Schema:
    """What HubSpot keeps of a custom object type, properties apart (hubspot-api §2.10).

    Attributes:
        type_id: ``2-…``.
        name: The base name, which never changes.
        labels: What people call one record, and several.
        required: Names of properties that a new record must have; `searchable` and
            `secondary_display` are likewise names of properties.
        archived_at: When it was archived (as HubSpot writes an instant), if it is.
    """

    type_id: str
    name: str
    labels: tuple[str, str]
    description: str
    primary_display: str | None
    secondary_display: list[str]
    searchable: list[str]
    required: list[str]
    allows_sensitive: bool
    created: str
    updated: str
    archived_at: str | None = None

    def copy(self) -> "Schema":
        """The same again, to be changed."""
        return replace(self)

    @property
    def properties_in_use(self) -> set[str]:
        """The properties that it names, which cannot be archived (§3.4)."""
        named = {*self.required, *self.searchable, *self.secondary_display}
        return named if self.primary_display is None else named | {self.primary_display}


class Schemas:
    """The account's schemas by type id; each live one stands for an object type that calls see."""

    def __init__(self, types: ObjectTypes, portal_id: int, short_name: str) -> None:
        self._types = types
        self._portal_id = portal_id
        self._short_name = short_name
        self._next_id = FIRST_TYPE_ID
        self._all: dict[str, Schema] = {}
        self._associations: dict[str, SchemaAssociation] = {}

    # -- finding ------------------------------------------------------------------------------

    def live(self) -> list[Schema]:
        """All that are not archived, in the order of creation."""
        return [one for one in self._all.values() if one.archived_at is None]

    def archived(self) -> list[Schema]:
        """All that are archived, but whose names are not free yet."""
        return [one for one in self._all.values() if one.archived_at is not None]

    def of(self, kind: ObjectType) -> Schema | None:
        """The schema of an object type; HubSpot's own types have none."""
        return self._all.get(kind.id)

    def find_archived(self, name: str) -> Schema | None:
        """The archived schema that a path names, by any name that its type had."""
        lowered = name.lower()
        return next((one for one in self.archived() if lowered in self.kind(one).names), None)

    def is_taken(self, name: str) -> bool:
        """Whether a schema, archived ones too, has this base name; they count in any case."""
        return any(one.name.lower() == name.lower() for one in self._all.values())

    def kind(self, schema: Schema) -> ObjectType:
        """The object type that a schema stands for."""
        return ObjectType(
            schema.type_id,
            f"p{self._portal_id}_{schema.name}",
            schema.name,
            "custom",
            short_name=self._short_name.format(name=schema.name),
            labels=schema.labels,
            required_properties=tuple(schema.required),
            custom=True,
        )

    def uses(self, kind: ObjectType, property_name: str) -> bool:
        """Whether a schema names a property of its type, which so cannot be archived (§3.4)."""
        schema = self.of(kind)
        return schema is not None and property_name in schema.properties_in_use

    def associations_of(self, kind: ObjectType) -> list[SchemaAssociation]:
        """What an object type's records can be associated with, by schemas; both directions."""
        return [one for one in self._associations.values() if kind.id in (one.from_id, one.to_id)]

    def association(self, kind: ObjectType, id_: str) -> SchemaAssociation | None:
        """The definition of this id from or to an object type."""
        return next((one for one in self.associations_of(kind) if one.id == id_), None)

    # -- changing -----------------------------------------------------------------------------

    def allocate_id(self) -> str:
        """An id that no custom type has had."""
        self._next_id += 1
        return f"2-{self._next_id - 1}"

    def add(self, schema: Schema, visible_from: int) -> None:
        """Take in a new schema; calls see its object type from that instant on (nanoseconds)."""
        self._all[schema.type_id] = schema
        self._types.add(self.kind(schema), visible_from)

    def put(self, schema: Schema) -> ObjectType:
        """Take in what became of a schema, and let its object type follow."""
        self._all[schema.type_id] = schema
        kind = self.kind(schema)
        self._types.add(kind)
        return kind

    def archive(self, schema: Schema, now: str) -> None:
        """Take the object type away; its name stays taken."""
        schema.archived_at = now
        self._types.remove(self.kind(schema))

    def purge(self, schema: Schema) -> None:
        """Forget an archived schema; its name is free again."""
        del self._all[schema.type_id]

    def associate(self, *definitions: SchemaAssociation) -> None:
        """Take in what records can be associated with."""
        self._associations.update({one.id: one for one in definitions})

    def dissociate(self, one: SchemaAssociation) -> None:
        """Forget a definition, and the way back."""
        self._associations.pop(one.id, None)
        self._associations.pop(one.inverse, None)

    # -- keeping ------------------------------------------------------------------------------

    def saved(self) -> Any:
        """All of it as plain data."""
        return {
            "next_id": self._next_id,
            "schemas": [asdict(one) for one in self._all.values()],
            "associations": [asdict(one) for one in self._associations.values()],
        }

    def restore(self, saved: Any) -> None:
        """Become what was saved, object types included."""
        for schema in self.live():
            self._types.remove(self.kind(schema))
        self._next_id = saved["next_id"]
        self._all = {}
        for kept in saved["schemas"]:
            schema = Schema(**kept | {"labels": tuple(kept["labels"])})
            self._all[schema.type_id] = schema
            if schema.archived_at is None:
                self._types.add(self.kind(schema))
        associations = [SchemaAssociation(**kept) for kept in saved["associations"]]
        self._associations = {one.id: one for one in associations}
