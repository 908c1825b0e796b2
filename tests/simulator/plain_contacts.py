"""A plain model of an account's contacts, written from hubspot-api §2 and §3.6 alone.

It knows nothing of calls: it says what a write does to a contact, and why it cannot be done.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

STAGES = (
    "subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity",
    "customer", "evangelist", "other",
)  # fmt: skip
TAGS = ("A", "B", "C")
NAMES = (
    "email", "hs_additional_emails", "firstname", "city", "lifecyclestage", "code", "tags",
    "score", "flag", "hs_merged_object_ids",
)  # fmt: skip
"""Everything that the model knows of a contact; `code` is unique, `tags` takes several."""

Failure = Literal["value", "exists", "taken"]
"""A bad value; a new contact whose address a contact has; a unique value that another has."""

Given = Mapping[str, Any]


@dataclass
class Contact:
    """A contact: what was ever set, cleared values as ``""``; never-set ones read as null."""

    id: str
    values: dict[str, str] = field(default_factory=dict)

    @property
    def secondary(self) -> list[str]:
        return [one for one in self.values.get("hs_additional_emails", "").split(";") if one]

    @property
    def addresses(self) -> list[str]:
        return [one for one in (self.values.get("email", ""), *self.secondary) if one]

    def shown(self) -> dict[str, str | None]:
        return {name: self.values.get(name) for name in NAMES}


class PlainContacts:
    """All contacts: live ones, archived ones, and whom merged-away ids lead to."""

    def __init__(self) -> None:
        self.live: dict[str, Contact] = {}
        self.archived: dict[str, Contact] = {}
        self.merged: dict[str, str] = {}
        self.known: set[str] = {"email", "firstname", "city", "lifecyclestage"}
        self.known |= {"code", "tags", "score", "flag"}

    # -- finding ------------------------------------------------------------------------------

    def by_email(self, address: str) -> Contact | None:
        """Primary and secondary addresses alike, in any case (§2.6)."""
        wanted = address.lower()
        return next((one for one in self.live.values() if wanted in one.addresses), None)

    def by_code(self, code: str) -> Contact | None:
        return next((one for one in self.live.values() if one.values.get("code") == code), None)

    def by_id(self, id_: str) -> Contact | None:
        return self.live.get(id_)

    def find(self, key: str, id_property: str | None) -> Contact | None:
        if id_property == "email":
            return self.by_email(key)
        return self.by_code(key) if id_property == "code" else self.by_id(key)

    def reached(self, id_: str) -> Contact | None:
        """By its id or by one that was merged into it (§2.3)."""
        return self.live.get(id_) or self.live.get(self.merged.get(id_, ""))

    # -- what is wrong with a write -----------------------------------------------------------

    def failure(
        self, given: Given, writer: Contact | None, claimed: set[tuple[str, str]]
    ) -> Failure | None:
        """Why a write cannot be done; `claimed` is what earlier inputs of its batch take."""
        if any(not self._is_good(name, value) for name, value in given.items()):
            return "value"
        for name, value in unique_values(given, writer):
            owner = self.find(value, name)
            taken = owner is not None and owner is not writer
            if taken or (owner is None and (name, value) in claimed):
                is_primary = owner is None or owner.values.get("email") == value
                new = writer is None and name == "email" and is_primary
                return "exists" if new else "taken"
        return None

    def _is_good(self, name: str, value: Any) -> bool:
        """§3.6; null is ignored and ``""`` clears, but the property must be there."""
        if name not in self.known:
            return False
        if value is None or value == "":
            return True
        text = text_of(value)
        if name == "email":
            return re.fullmatch(r"[^@\s]+@[^@\s]+\.com", text) is not None
        if name == "lifecyclestage":
            return text in STAGES
        if name == "tags":
            return all(one in TAGS for one in text.strip(";").split(";"))
        if name == "score":
            return re.fullmatch(r"[+-]?\d+(\.\d+)?", text) is not None
        return name != "flag" or text in ("true", "false")

    # -- writing ------------------------------------------------------------------------------

    def create(self, id_: str, given: Given) -> Contact:
        assert id_ not in self.live
        assert id_ not in self.archived
        made = self.live[id_] = Contact(id_)
        self.write(made, given)
        if not made.values.get("lifecyclestage"):
            made.values["lifecyclestage"] = "lead"  # §2.6
        return made

    def write(self, contact: Contact, given: Given) -> None:
        for name, value in given.items():
            if value is not None:
                self._set(contact, name, text_of(value))

    def _set(self, contact: Contact, name: str, text: str) -> None:
        held = contact.values.get(name, "")
        if name == "lifecyclestage" and held and text:
            text = max(held, text, key=STAGES.index)  # forward only, in silence (§2.6)
        elif name == "tags":
            text = ";".join(_members(held, text))
        elif name == "email":
            self._set_email(contact, held, text.lower())
            return
        contact.values[name] = text

    def _set_email(self, contact: Contact, held: str, text: str) -> None:
        """The old address stays as secondary; an own secondary one changes nothing (switch)."""
        if held and text in contact.secondary:
            return
        contact.values["email"] = text
        if held and text and held != text:
            others = [*contact.secondary, held]
            contact.values["hs_additional_emails"] = ";".join(dict.fromkeys(others))

    # -- coming and going ---------------------------------------------------------------------

    def archive(self, id_: str) -> None:
        if id_ in self.live:
            self.archived[id_] = self.live.pop(id_)

    def merge(self, kept: Contact, gone: Contact) -> None:
        """The primary one keeps its values and gains those that it lacks, and all addresses."""
        del self.live[gone.id]
        addresses = [*kept.addresses, *gone.addresses]
        merged = [one.values.get("hs_merged_object_ids", "") for one in (kept, gone)]
        for name, value in gone.values.items():
            if value and not kept.values.get(name):
                kept.values[name] = value
        if addresses:
            kept.values["email"], *others = dict.fromkeys(addresses)
            if others:
                kept.values["hs_additional_emails"] = ";".join(others)
        kept.values["hs_merged_object_ids"] = ";".join(filter(None, [*merged, gone.id]))
        for old, survivor in list(self.merged.items()):
            if survivor == gone.id:
                self.merged[old] = kept.id
        self.merged[gone.id] = kept.id

    def forget(self, contact: Contact) -> None:
        """GDPR deletion: the contact, and every id that was merged into it."""
        self.live.pop(contact.id, None)
        self.archived.pop(contact.id, None)
        self.merged = {old: one for old, one in self.merged.items() if one != contact.id}


def text_of(value: Any) -> str:
    """JSON as HubSpot keeps it: everything is a text (§2.2)."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def unique_values(given: Given, writer: Contact | None) -> Iterable[tuple[str, str]]:
    """The values of unique properties that a write brings."""
    if given.get("email"):
        yield "email", given["email"].lower()
    code = given.get("code")
    if code and (writer is None or writer.values.get("code") != code):
        yield "code", code


def _members(held: str, text: str) -> list[str]:
    """§3.6: with a leading ``;`` members are added, else replaced."""
    before = held.split(";") if text.startswith(";") else []
    return list(dict.fromkeys(filter(None, [*before, *text.split(";")])))
