"""Who may read and write the values of sensitive properties (hubspot-api §3.5)."""

from collections.abc import Iterable
from typing import Literal

from hubspot_pipeline.simulator.account.account import Account
from hubspot_pipeline.simulator.account.object_types import ObjectType
from hubspot_pipeline.simulator.authentication import missing_scopes
from hubspot_pipeline.simulator.calls import Call

Right = Literal["read", "write"]


def check_sensitive(
    account: Account, call: Call, kind: ObjectType, names: Iterable[str], right: Right
) -> None:
    """Refuse a call that reads or writes sensitive properties without their scopes.

    Raises:
        Refusal: 403, as for any missing scope (§7.4).
    """
    sensitive = account.properties(kind).sensitive
    if sensitive:
        degrees = {sensitive[name] for name in names if name in sensitive}
        check_degrees(account, call, kind, degrees, right)


def check_degrees(
    account: Account, call: Call, kind: ObjectType, degrees: Iterable[str], right: Right
) -> None:
    """Refuse a call without the scopes of these degrees: ``sensitive``, ``highly_sensitive``.

    Raises:
        Refusal: 403, as for any missing scope (§7.4).
    """
    for degree in sorted(degrees):
        scope = f"crm.objects.{kind.scope}.{degree}.{right}"
        if kind.scope == "tickets":
            scope = f"tickets.{degree}"
        wanted = (f"{scope}.v2", scope)
        if not call.caller.scopes.intersection(wanted):
            older = account.settings.behaviour.missing_scopes_in_context
            raise missing_scopes(wanted, in_context=older)
