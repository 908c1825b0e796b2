"""A destination's credentials as a Dagster resource, read when a run starts."""

from typing import TYPE_CHECKING, Any

import dagster as dg
from pydantic import Field

from hubspot_pipeline.destination import Destination

if TYPE_CHECKING:
    from hubspot_pipeline.hubspot.client import ConnectionSettings


def resource_key(destination: Destination) -> str:
    """Return the name of a destination's resource."""
    return f"hubspot_{destination.name}"


class HubSpotResource(dg.ConfigurableResource[Any]):
    """How to reach one HubSpot account: a private app's token, or an OAuth app's three secrets.

    Secrets come as ``dg.EnvVar`` only: a literal would end up in Dagster's run database.
    """

    access_token: str | None = Field(
        default=None, repr=False, description="A private app's (or service key's) access token."
    )
    client_id: str | None = Field(default=None, repr=False, description="An OAuth app's client id.")
    client_secret: str | None = Field(
        default=None, repr=False, description="An OAuth app's client secret."
    )
    refresh_token: str | None = Field(
        default=None, repr=False, description="The refresh token of the app's installation."
    )

    @classmethod
    def for_destination(cls, destination: Destination) -> "HubSpotResource":
        """Return the resource that reads the environment variables a destination names."""
        variables = destination.authentication.model_dump()
        return cls(**{secret: dg.EnvVar(variable) for secret, variable in variables.items()})

    def connection(self, destination: Destination) -> "ConnectionSettings":
        """Return how to reach a destination's portal with these credentials."""
        from hubspot_pipeline import pipeline

        secrets = {
            secret: getattr(self, secret)
            for secret in type(destination.authentication).model_fields
        }
        return pipeline.connection(destination, secrets)
