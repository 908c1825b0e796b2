"""What HubSpot refuses of new records and addresses is foreseen; what it takes is not refused."""

from __future__ import annotations

import pytest

from hubspot_pipeline.object_types import COMPANIES, CONTACTS
from hubspot_pipeline.rehearsal.refusals import refusal
from hubspot_pipeline.simulator.account import values

ADDRESSES = [
    "a@x.com",
    "A.B+c@Mail.Example.co.uk",
    "o'neil@x-y.org",
    "a@xn--bcher-kva.de",
    "nobody",
    "a@x",
    "a b@x.com",
    "a@@x.com",
    "@x.com",
    "a@x..com",
    "a@-x.com",
    "a;b@x.com",
]


@pytest.mark.parametrize("address", ADDRESSES)
def test_addresses_are_judged_as_the_account_judges_them(address: str) -> None:
    accept = values.accept_email(unknown_domains_refused=False)
    try:
        accept(address)
        is_good = True
    except values.Refused:
        is_good = False
    assert (refusal(CONTACTS, {"email": address}, ()) is None) == is_good


def test_an_address_of_another_object_type_is_any_text() -> None:
    assert refusal(COMPANIES, {"email": "nobody"}, ()) is None


def test_a_new_record_needs_one_property_of_each_group() -> None:
    needed = (("domain", "name"),)
    assert refusal(COMPANIES, {"city": "Oslo", "name": ""}, needed) is not None
    assert refusal(COMPANIES, {"domain": "x.com"}, needed) is None
