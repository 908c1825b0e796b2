"""A plain model of what hangs on contacts: companies, lists and events (hubspot-api §4 to §6)."""

from collections import defaultdict

UNLABELED, PRIMARY = 279, 1
"""HubSpot's own types from contacts to companies (§4.3)."""

LABEL = 0
"""The account's own label, whatever number HubSpot gave it."""

YEAR_SECONDS = 365 * 24 * 3_600


class PlainBonds:
    """Who is associated with whom, by which types; who is in which list; what happened to whom.

    Contacts and companies go by their ids, which are unique only within their type (§2.2).
    """

    def __init__(self) -> None:
        self.contacts: list[str] = []
        self.companies: list[str] = []
        self.gone: set[tuple[str, str]] = set()
        self.types: dict[tuple[str, str], set[int]] = {}
        self.members: dict[str, set[str]] = defaultdict(set)
        self.happened: dict[str, list[str]] = defaultdict(list)
        self.accepted: dict[str, float] = {}
        self.pending: list[tuple[float, str, str]] = []

    # -- associations (§4.1) ------------------------------------------------------------------

    def associate(self, contact: str, company: str, types: set[int], *, replace: bool) -> None:
        """Labels are replaced; the unlabeled type is always there; one company is primary."""
        pair = (contact, company)
        kept = set() if replace else self.types.get(pair, set())
        self.types[pair] = kept | types | {UNLABELED}
        others = [other for other in self.companies_of(contact) if other != company]
        if not others:
            self.types[pair].add(PRIMARY)
        if PRIMARY in self.types[pair]:
            for other in others:
                self.types[contact, other].discard(PRIMARY)

    def take_labels(self, contact: str, company: str, types: set[int]) -> None:
        """Without the unlabeled type nothing is left."""
        pair = (contact, company)
        if UNLABELED in types:
            self.types.pop(pair, None)
        elif pair in self.types:
            self.types[pair] -= types

    def companies_of(self, contact: str) -> dict[str, set[int]]:
        return {two: types for (one, two), types in self.types.items() if one == contact}

    def contacts_of(self, company: str) -> dict[str, set[int]]:
        return {one: types for (one, two), types in self.types.items() if two == company}

    # -- lists (§6) ---------------------------------------------------------------------------

    def join(self, list_id: str, contacts: list[str]) -> tuple[set[str], set[str]]:
        """Who joins, and who does not exist; members are ignored."""
        missing = {one for one in contacts if one not in self.live_contacts}
        added = set(contacts) - missing - self.members[list_id]
        self.members[list_id] |= added
        return added, missing

    def leave(self, list_id: str, contacts: list[str]) -> set[str]:
        left = self.members[list_id] & set(contacts)
        self.members[list_id] -= left
        return left

    # -- events (§5.1) ------------------------------------------------------------------------

    def send(self, uuid: str, contact: str, now: float, lag: float) -> None:
        """The first with a uuid within a year is accepted, and takes effect later."""
        before = self.accepted.get(uuid)
        if before is None or now - before >= YEAR_SECONDS:
            self.accepted[uuid] = now
            self.pending.append((now + lag, uuid, contact))

    def settle(self, now: float) -> None:
        for due, uuid, contact in list(self.pending):
            if due <= now:
                self.pending.remove((due, uuid, contact))
                if contact in self.live_contacts:
                    self.happened[contact].append(uuid)

    # -- records that go ----------------------------------------------------------------------

    @property
    def live_contacts(self) -> list[str]:
        return [one for one in self.contacts if ("contacts", one) not in self.gone]

    @property
    def live_companies(self) -> list[str]:
        return [one for one in self.companies if ("companies", one) not in self.gone]

    def archive(self, kind: str, record: str) -> None:
        """Associations and memberships vanish; what happened did happen."""
        self.gone.add((kind, record))
        side = ("contacts", "companies").index(kind)
        self.types = {pair: one for pair, one in self.types.items() if pair[side] != record}
        if kind == "contacts":
            for members in self.members.values():
                members.discard(record)
