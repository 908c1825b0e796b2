"""Properties that are worked out when read, and kept nowhere."""

from collections.abc import Callable

from hubspot_pipeline.simulator.account.records import Record

Reader = Callable[[Record], str | None]
"""Gives a property of a record; None if it never had a value."""


def full_name_or_email(record: Record) -> str:
    """What HubSpot calls a contact."""
    get = record.values.get
    first, last = get("firstname"), get("lastname")
    return f"{first} {last}" if first and last else first or last or get("email", "")


def email_domain(record: Record) -> str | None:
    """What follows the ``@``; None without an e-mail."""
    return record.values.get("email", "").rpartition("@")[2] or None


COMPUTED: dict[str, Reader] = {
    "hs_object_id": lambda record: record.id,
    "createdate": lambda record: record.created,
    "hs_object_source": lambda _: "INTEGRATION",
    "hs_object_source_id": lambda record: record.source,
    "hs_object_source_label": lambda _: "INTEGRATION",
}
"""Properties of every record that are worked out when read, and kept nowhere."""

COMPUTED_OF_CONTACTS: dict[str, Reader] = {
    "hs_all_contact_vids": lambda record: record.id,
    "hs_email_domain": email_domain,
    "hs_full_name_or_email": full_name_or_email,
    "hs_is_contact": lambda _: "true",
    "hs_is_unworked": lambda _: "true",
    "hs_pipeline": lambda _: "contacts-lifecycle-pipeline",
}
"""The same, of contacts alone."""
