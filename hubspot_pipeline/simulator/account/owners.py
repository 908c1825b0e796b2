"""The account's owners: the users to whom records can belong."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from hubspot_pipeline.simulator.settings import Behaviour, Owner, Team


class Owners:
    """All owners, in the order of their ids; those who left stay, archived."""

    def __init__(self, owners: tuple[Owner, ...], behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._by_id: dict[str, Owner] = {}
        self._take(owners)

    def page(self, after: int, limit: int, *, archived: bool, email: str) -> list[Owner]:
        """Owners from an id on, one more than `limit` if there are more; all e-mails if ``""``."""
        wanted = email.lower()
        found = [
            one
            for one in self._by_id.values()
            if one.archived is archived and int(one.id) >= after and wanted in ("", one.email)
        ]
        return found[: limit + 1]

    def find(self, key: str, id_property: str, *, archived: bool) -> Owner | None:
        """The owner with this ``id`` or ``userId``, among those who left or those who are there."""
        for one in self._by_id.values():
            value = one.id if id_property == "id" else str(one.user_id)
            if value == key and one.archived is archived:
                return one
        return None

    def assignable(self) -> list[str]:
        """The ids that an owner property takes."""
        refused = self._behaviour.archived_owners_refused
        return [one.id for one in self._by_id.values() if not (one.archived and refused)]

    def saved(self) -> Any:
        """All owners as plain data."""
        return [asdict(one) for one in self._by_id.values()]

    def restore(self, saved: Any) -> None:
        """Take up what `saved` gave."""
        self._by_id.clear()
        self._take(
            Owner(**one | {"teams": tuple(Team(**team) for team in one["teams"])}) for one in saved
        )

    def _take(self, owners: Iterable[Owner]) -> None:
        self._by_id.update({one.id: one for one in sorted(owners, key=lambda one: int(one.id))})
