"""Properties that are worked out when read, and kept nowhere."""

from collections.abc import Callable

from hubspot_pipeline.simulator.account.records import Record

Computed = Callable[[Record], str | None]


def _full_name_or_email(record: Record) -> str:
    names = (record.values.get("firstname", ""), record.values.get("lastname", ""))
    return " ".join(filter(None, names)) or record.values.get("email", "")


def _email_domain(record: Record) -> str | None:
    return record.values.get("email", "").rpartition("@")[2] or None


COMPUTED: dict[str, Computed] = {
    "hs_object_id": lambda record: record.id,
    "createdate": lambda record: record.created,
    "hs_object_source": lambda _: "INTEGRATION",
    "hs_object_source_id": lambda record: record.source,
    "hs_object_source_label": lambda _: "INTEGRATION",
}
"""Properties of every record that are worked out when read, and kept nowhere."""

COMPUTED_OF_CONTACTS: dict[str, Computed] = {
    "hs_all_contact_vids": lambda record: record.id,
    "hs_email_domain": _email_domain,
    "hs_full_name_or_email": _full_name_or_email,
    "hs_is_contact": lambda _: "true",
    "hs_is_unworked": lambda _: "true",
    "hs_pipeline": lambda _: "contacts-lifecycle-pipeline",
}
"""The same, of contacts alone; the first six are in the answer to every creation (§2.2)."""
