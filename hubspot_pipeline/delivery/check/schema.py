"""What an account says of one object type, as far as writes to it need to know."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hubspot_pipeline.delivery.check.nearest import hint
from hubspot_pipeline.hubspot import account
from hubspot_pipeline.hubspot.account import ObjectType, Owners, Pipeline, Property
from hubspot_pipeline.hubspot.client import HubSpotClient
from hubspot_pipeline.hubspot.errors import MissingScopes, RefusedError
from hubspot_pipeline.hubspot.object_types import custom_types
from hubspot_pipeline.object_types import COMPANIES, CONTACTS, DEALS, TICKETS
from hubspot_pipeline.writes import RECORD_ID

if TYPE_CHECKING:
    from hubspot_pipeline.delivery.prepare import Refused

_OFTEN_MEANT = (CONTACTS, COMPANIES, DEALS, TICKETS)


@dataclass(frozen=True, slots=True)
class Schema:
    """An object type as the account has it.

    Attributes:
        object_type: Which.
        properties: Its properties by name.
        owners: The account's owners; None where they are not needed, or may not be read.
        pipelines: Its pipelines; none where they are not needed.
        sensitive: Properties whose values must not be shown, whatever the account says of them.
        refused: What of it could not be made; None where all that was to be made is there.
    """

    object_type: ObjectType
    properties: Mapping[str, Property]
    owners: Owners | None = None
    pipelines: tuple[Pipeline, ...] = ()
    sensitive: frozenset[str] = frozenset()
    refused: Refused | None = None

    @property
    def pipeline_property(self) -> str:
        """The property that holds a record's pipeline (hubspot-api §2.7)."""
        return "pipeline" if self.object_type.name == DEALS else "hs_pipeline"

    @property
    def stage_property(self) -> str:
        """The property that holds a record's place in its pipeline."""
        return "dealstage" if self.object_type.name == DEALS else "hs_pipeline_stage"

    def no_property(self, name: str) -> str:
        """Return why there is no such property, or that there is none and which is near."""
        if self.refused and name in self.refused.reasons:
            return f"cannot be made in HubSpot: {self.refused.reasons[name]}"
        called = {each.label: each.name for each in self.properties.values()}
        called.update((name, name) for name in self.properties)
        return f"{self.object_type.name} have no property {name!r}{hint(name, called)}"

    def no_key(self, name: str) -> str | None:
        """Return why records cannot be found by a property; None where they can (§2.5.4)."""
        if name == RECORD_ID or (name == "email" and self.object_type.name == CONTACTS):
            return None
        known = self.properties.get(name)
        if known is None:
            return self.no_property(name)
        if not known.unique:
            return (
                f"records are found by unique properties only, and {self.object_type.name}' "
                f"property {name!r} is not unique."
            )
        return None


async def read_schema(
    client: HubSpotClient,
    object_type: ObjectType,
    names: Collection[str],
    *,
    sensitive: frozenset[str] = frozenset(),
) -> Schema:
    """Read what is needed to hold properties of these names to the account; each once a run.

    The lists of sensitive properties are read where there are such, and where a name is in no other
    list. An app that may not read owners writes their ids unchecked.

    Raises:
        TryLaterError, ConfigurationError: HubSpot gave no answer.
    """
    known = await account.properties(client, object_type.name)
    if sensitive or any(name not in known for name in names):
        known = await _with_sensitive(client, object_type.name) or known
    schema = Schema(object_type, known)
    used = [known[name] for name in names if name in known]
    owners = await _owners(client) if any(each.owner for each in used) else None
    places = {schema.pipeline_property, schema.stage_property}
    pipelines = (
        await account.pipelines(client, object_type.name)
        if any(each.name in places for each in used)
        else ()
    )
    return Schema(object_type, known, owners, pipelines, sensitive)


async def no_object_type(client: HubSpotClient, name: str) -> str:
    """Return the sentence that says that the account has no such object type."""
    known = [each.name for each in await custom_types(client)]
    return f"the account has no object type {name!r}{hint(name, [*_OFTEN_MEANT, *known])}"


async def _with_sensitive(client: HubSpotClient, object_type: str) -> Mapping[str, Property] | None:
    """Return all properties; None for an account or app that knows no sensitive ones (§3.5)."""
    try:
        return await account.properties(client, object_type, sensitive=True)
    except (MissingScopes, RefusedError):
        return None


async def _owners(client: HubSpotClient) -> Owners | None:
    try:
        return await account.owners(client)
    except MissingScopes:
        return None
