"""What a simulated account is like: portal, apps, limits, and switches for what is unknown."""

from dataclasses import dataclass, field
from typing import Literal

PRIVATE_APP_TOKEN = "pat-na1-5f1e0d2c-0000-4000-8000-000000000001"  # noqa: S105 - made up, opens nothing
CLIENT_ID = "2b6f0d3e-0000-4000-8000-00000000c11e"
CLIENT_SECRET = "7d9c4a55-0000-4000-8000-0000000005ec"  # noqa: S105 - made up, opens nothing
REFRESH_TOKEN = "na1-9a41-0000-4000-8000-00000000f4e5"  # noqa: S105 - made up, opens nothing
REDIRECT_URI = "http://localhost:3000/oauth-callback"

ALL_SCOPES = frozenset(
    [f"crm.{area}.{kind}.{right}"
     for area in ("objects", "schemas")
     for kind in (
         "contacts", "companies", "deals", "custom", "line_items", "products", "quotes", "leads",
         "orders", "invoices", "carts", "services", "courses", "listings", "appointments",
     )
     for right in ("read", "write")]
    + ["oauth", "tickets", "crm.objects.owners.read", "crm.lists.read", "crm.lists.write",
       "analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls HubSpot takes (hubspot-api §8.1, §8.2); ``None`` or 0 lifts a limit.

    The windows are rolling, and exact: a call counts for precisely the window's length.
    The token endpoint's limit is unpublished; ten in ten seconds is this simulator's choice.
    """

    burst: int | None = 100
    oauth_burst: int | None = 110
    daily: int | None = 250_000
    search_per_second: int | None = 5
    associations: int | None = 100
    associations_daily: int | None = 500_000
    events_per_second: int | None = 1_250
    token_endpoint: int | None = 10


@dataclass(frozen=True, slots=True)
class Behaviour:
    """Switches for what the reference leaves open; each default is the harsher reading.

    Attributes:
        rejected_calls_count: A call answered with 429 counts in the window all the same (§8.4).
        retry_after_on_429: CRM 429s carry ``Retry-After`` (§8.4; absent from all recordings).
        shuffle_results: Batch results come in another order than the inputs (§2.5.3).
        multi_status_2026_09: Mixed batches of 2026-09 answer 207 rather than 200 or 201 (§2.5).
        trace_ids_on_update: Trace ids make a batch update non-atomic, too (§2.5.1).
        trace_ids_of_missing: OBJECT_NOT_FOUND of a batch update also names trace ids (§2.5.1).
        upsert_by_record_id: An upsert without an id property takes ``id`` as a record id (§2.5.4).
        email_upsert_blanks_omitted: An upsert by e-mail blanks what it does not name (§2.5.5).
        conflict_body: Which of the two recorded 409 bodies a known contact gets (§2.6).
        late_uniqueness_rate: Share of contact conflicts found late, answered with 400 (§2.6).
        old_email_becomes_secondary: A changed e-mail stays with its contact, as secondary (§2.6).
        unknown_domains_refused: E-mail addresses need a top-level domain that exists (§2.6).
        not_found_category: 404 bodies carry ``category`` OBJECT_NOT_FOUND (§2.3).
        missing_scopes_in_context: 403 bodies in the older shape (§7.4).
        localized_errors: Property errors carry ``localizedErrorMessage``, ``portalId`` (§3.6).
        definition_lag_seconds: How long a new property stays unknown to all other calls (§3.4).
    """

    rejected_calls_count: bool = True
    retry_after_on_429: bool = False
    shuffle_results: bool = True
    multi_status_2026_09: bool = False
    trace_ids_on_update: bool = False
    trace_ids_of_missing: bool = False
    upsert_by_record_id: bool = False
    email_upsert_blanks_omitted: bool = False
    conflict_body: Literal["plain", "identity_profile"] = "plain"
    late_uniqueness_rate: float = 0.0
    old_email_becomes_secondary: bool = True
    unknown_domains_refused: bool = True
    not_found_category: bool = False
    missing_scopes_in_context: bool = False
    localized_errors: bool = True
    definition_lag_seconds: float = 0.5


@dataclass(frozen=True, slots=True)
class PrivateApp:
    """An app of the account itself, known by one token that never expires (hubspot-api §7.3)."""

    token: str = field(default=PRIVATE_APP_TOKEN, repr=False)
    app_id: int = 1512050
    scopes: frozenset[str] = ALL_SCOPES


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An installed public app; its access tokens come from the token endpoint (§7.2)."""

    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    refresh_token: str = field(default=REFRESH_TOKEN, repr=False)
    redirect_uri: str = REDIRECT_URI
    app_id: int = 1784316
    scopes: frozenset[str] = ALL_SCOPES
    access_token_seconds: int = 1_800


@dataclass(frozen=True, slots=True)
class SimulatorSettings:
    """One simulated account.

    Attributes:
        portal_id: The account's Hub ID.
        time_zone: Where the account is; its midnight resets the daily quota.
        account_type: STANDARD, SANDBOX, DEVELOPER_TEST or APP_DEVELOPER.
        currency: The company's currency code.
        hublet: Where its data lives, ``na1`` or ``eu1``.
        limits: How many calls it takes; ``None`` lifts every limit.
        behaviour: The switches of what is not known about HubSpot.
        private_apps: Apps with a token of their own.
        oauth_apps: Apps that refresh access tokens.
        owners: Ids of the account's owners.
        seed: From which all its chance comes: order of results, ids of calls, faults.
        seed_contacts: How many made-up contacts it has at the start.
        keep_inputs: Whether the arrival log keeps each input's trace id and key.
    """

    portal_id: int = 12_345_678
    time_zone: str = "US/Eastern"
    account_type: str = "STANDARD"
    currency: str = "USD"
    hublet: str = "na1"
    limits: Limits | None = field(default_factory=Limits)
    behaviour: Behaviour = field(default_factory=Behaviour)
    private_apps: tuple[PrivateApp, ...] = (PrivateApp(),)
    oauth_apps: tuple[OAuthApp, ...] = (OAuthApp(),)
    owners: tuple[str, ...] = ("41629779", "41629780", "41629781")
    seed: int = 0
    seed_contacts: int = 0
    keep_inputs: bool = True
