"""Property groups: where HubSpot's settings list a type's properties (hubspot-api §3.1)."""

from dataclasses import asdict, dataclass, replace
from typing import Any

from hubspot_pipeline.simulator.account.object_types import ObjectType


@dataclass(frozen=True, slots=True)
class Group:
    """A group of properties."""

    name: str
    label: str
    display_order: int = -1
    archived: bool = False


class PropertyGroups:
    """The groups of all types; each has one from the start, with HubSpot's own properties."""

    def __init__(self) -> None:
        self._by_type: dict[str, dict[str, Group]] = {}

    def of(self, kind: ObjectType) -> dict[str, Group]:
        """A type's groups that are not archived, by name."""
        return {name: one for name, one in self._all(kind).items() if not one.archived}

    def put(self, kind: ObjectType, group: Group) -> None:
        """Add a group, or change the one of its name."""
        self._all(kind)[group.name] = group

    def archive(self, kind: ObjectType, name: str) -> None:
        """Take a group out of sight."""
        groups = self._all(kind)
        groups[name] = replace(groups[name], archived=True)

    def saved(self) -> Any:
        """All groups as plain data, by the id of their type."""
        return {
            type_id: [asdict(one) for one in groups.values()]
            for type_id, groups in self._by_type.items()
        }

    def restore(self, saved: Any) -> None:
        """Take up what `saved` gave."""
        self._by_type = {
            type_id: {one["name"]: Group(**one) for one in groups}
            for type_id, groups in saved.items()
        }

    def _all(self, kind: ObjectType) -> dict[str, Group]:
        groups = self._by_type.get(kind.id)
        if groups is None:
            label = f"{kind.singular.replace('_', ' ').capitalize()} information"
            groups = self._by_type[kind.id] = {kind.group: Group(kind.group, label, 0)}
        return groups
