"""What a simulated account is like: portal, apps, limits, and switches for what is unknown."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hubspot_pipeline.simulator.faults import Fault

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
    + [f"crm.objects.{kind}.{degree}.{right}.v2"
       for kind in ("contacts", "companies", "deals", "custom")
       for degree in ("sensitive", "highly_sensitive")
       for right in ("read", "write")]
    + ["tickets.sensitive.v2", "tickets.highly_sensitive.v2", "oauth", "tickets",
       "crm.objects.owners.read", "crm.lists.read", "crm.lists.write",
       "analytics.behavioral_events.send", "behavioral_events.event_definitions.read_write"]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limits:
    """How many calls HubSpot takes (hubspot-api §8.1, §8.2); ``None`` or 0 lifts a limit.

    The windows are rolling, and exact: a call counts for precisely the window's length.
    The token endpoint's limit is unpublished; ten in ten seconds is this simulator's choice.
    `events_per_month` is a number of occurrences, all others are numbers of calls.
    """

    burst: int | None = 100
    oauth_burst: int | None = 110
    daily: int | None = 250_000
    search_per_second: int | None = 5
    associations: int | None = 100
    associations_daily: int | None = 500_000
    events_per_second: int | None = 1_250
    token_endpoint: int | None = 10
    events_per_month: int | None = 30_000_000

    def __post_init__(self) -> None:
        """Refuse limits that nothing could keep to."""
        for name in self.__slots__:
            if (getattr(self, name) or 0) < 0:
                raise ValueError(f"{name} is a number of calls, not {getattr(self, name)}")


@dataclass(slots=True)
class Behaviour:
    """Switches for what the reference leaves open; each default is the harsher reading.

    A running simulator has one of its own, whose switches can be thrown at any time.

    Attributes:
        rejected_calls_count: A call answered with 429 counts in the window all the same (§8.4).
        retry_after_on_429: CRM 429s carry ``Retry-After`` (§8.4; absent from all recordings).
        shuffle_results: Batch results come in another order than the inputs (§2.5.3).
        multi_status_2026_09: Mixed batches of 2026-09 answer 207 rather than 200 or 201 (§2.5).
        trace_ids_on_update: Trace ids make a batch update non-atomic, too (§2.5.1).
        trace_ids_of_missing: OBJECT_NOT_FOUND of a batch update also names trace ids (§2.5.1).
        some_trace_ids_suffice: Trace ids make a batch non-atomic though some inputs lack one, or
            share one (§2.5.2).
        mixed_id_properties_refused: The inputs of a batch have one id property (§2.5.4).
        domain_identifies_companies: ``domain`` is taken as a company's id property (§2.5.4).
        upsert_by_record_id: An upsert without an id property takes ``id`` as a record id (§2.5.4).
        email_upsert_blanks_omitted: An upsert by e-mail blanks what it does not name (§2.5.5).
        conflict_body: Which of the two recorded 409 bodies a known contact gets (§2.6).
        late_uniqueness_rate: Share of contact conflicts found late, answered with 400 (§2.6).
        old_email_becomes_secondary: A changed e-mail stays with its contact, as secondary (§2.6).
        unknown_domains_refused: E-mail addresses need a top-level domain that exists (§2.6).
        not_found_category: 404 bodies carry ``category`` OBJECT_NOT_FOUND (§2.3).
        missing_scopes_in_context: 403 bodies in the older shape (§7.4).
        localized_errors: Property errors carry ``localizedErrorMessage``, ``portalId`` (§3.6).
        first_company_is_primary: A contact's, deal's or ticket's first company becomes its primary
            one by itself (§4.1).
        association_ids_as_numbers: Answers about associations give ids as numbers (§4.1).
        no_associations_is_an_error: A batch read lists records without associations among its
            errors, rather than leave them out (§4.1).
        search_lag_seconds: How long ago it is what a search sees (§2.9).
        negative_filters_find_unset: NEQ, NOT_IN and NOT_CONTAINS_TOKEN also find records without
            a value (§2.9).
        definition_lag_seconds: How long a new property stays unknown to all other calls (§3.4).
        updates_lag_too: A changed property stays as it was for as long to all other calls (§3.4).
        longest_url: How many characters a call's path and query may have together, else 414 (§8.5,
            §8.6). HubSpot's number is unpublished; this is what web servers commonly take.
        largest_body: How many bytes a call's body may have, else 413 (§8.6). HubSpot's number is
            not known; this is as much as is thought safe there.
        locked_above_writes_per_second: An object type that takes more records in a second is
            locked for 2 s (§8.5). HubSpot's number is unpublished, so None: nothing is locked.
        contacts_need_identity: A new contact has an e-mail, a first or a last name (§2.4).
        required_properties_enforced: New companies, deals, tickets, activities and custom objects
            have what §2.4 says that they must have; tickets do without a subject.
        archived_owners_refused: An owner who left is no value of an owner property (§3.6).
        too_long_code: The code of a text that is too long (§3.6).
        number_code: The code of what is no number (§3.6).
        bool_code: The code of what is neither true nor false (§3.6).
        event_lag_seconds: How long an accepted event waits before it takes effect (§5.1).
        events_create_contacts: An event with an unknown e-mail creates the contact (§5.1).
        repeated_events_refused: A uuid sent again gets 400 rather than a silent 204 (§5.1).
        unknown_event_properties_refused: They get 400 rather than vanish behind a 204 (§5.1).
        event_batches_atomic: A refused batch of events accepts nothing, not all but the bad (§5.1).
        future_events_refused: Events of more than a day ahead get 400 (§5.1).
        event_name_hyphens: Names of event definitions may have hyphens (§5.3).
        unknown_event_status: How an unknown event definition is answered (§5.3).
        consent_given: The person whom an app asks for consent agrees (§7.1).
        event_paths_2026_03: Which spelling of 2026-03's event paths is there (§1.3).
        custom_type_short_name: How a path may call a custom type by ``{name}`` (§2.1); empty: not.
        every_schema_field_needed: A new schema has all that the specification requires, not only
            what HubSpot's client and the docs' examples send (§2.10).
        custom_types_allowed: How many custom object types an account may have (§2.10).
        list_ids_per_call: How many record ids one call adds to a list, or removes (§6).
        deleted_lists_keep_their_names: A deleted list's name is free only after 90 days (§6).
    """

    rejected_calls_count: bool = True
    retry_after_on_429: bool = False
    shuffle_results: bool = True
    multi_status_2026_09: bool = False
    trace_ids_on_update: bool = False
    trace_ids_of_missing: bool = False
    some_trace_ids_suffice: bool = False
    mixed_id_properties_refused: bool = True
    domain_identifies_companies: bool = False
    upsert_by_record_id: bool = False
    email_upsert_blanks_omitted: bool = False
    conflict_body: Literal["plain", "identity_profile"] = "plain"
    late_uniqueness_rate: float = 0.0
    old_email_becomes_secondary: bool = True
    unknown_domains_refused: bool = True
    not_found_category: bool = False
    missing_scopes_in_context: bool = False
    localized_errors: bool = True
    first_company_is_primary: bool = True
    association_ids_as_numbers: bool = True
    no_associations_is_an_error: bool = True
    search_lag_seconds: float = 5.0
    negative_filters_find_unset: bool = False
    definition_lag_seconds: float = 0.5
    longest_url: int = 8_192
    largest_body: int = 5_000_000
    locked_above_writes_per_second: int | None = None
    event_lag_seconds: float = 2.0
    events_create_contacts: bool = True
    repeated_events_refused: bool = False
    unknown_event_properties_refused: bool = False
    event_batches_atomic: bool = True
    future_events_refused: bool = True
    event_name_hyphens: bool = False
    unknown_event_status: Literal[400, 404] = 400
    consent_given: bool = True
    event_paths_2026_03: Literal["custom", "plain", "both"] = "custom"
    updates_lag_too: bool = True
    contacts_need_identity: bool = True
    required_properties_enforced: bool = True
    archived_owners_refused: bool = True
    too_long_code: str = "PROPERTY_VALUE_TOO_LONG"
    number_code: Literal["INVALID_INTEGER", "INVALID_LONG"] = "INVALID_INTEGER"
    bool_code: str = "INVALID_OPTION"
    custom_type_short_name: str = "p_{name}"
    every_schema_field_needed: bool = False
    custom_types_allowed: int = 10
    list_ids_per_call: int = 10_000
    deleted_lists_keep_their_names: bool = True


@dataclass(frozen=True, slots=True)
class Team:
    """A team that an owner is in; one of an owner's teams is the primary one."""

    id: str
    name: str
    primary: bool = True


@dataclass(frozen=True, slots=True)
class Owner:
    """A user to whom records can belong (the owners API of §7.5's scope).

    Attributes:
        id: What owner properties hold; another number than the user's (§3.6).
        user_id: The user's own id.
        archived: The user left the account.
    """

    id: str
    email: str
    first_name: str
    last_name: str
    user_id: int
    archived: bool = False
    teams: tuple[Team, ...] = ()
    created: str = "2019-08-06T02:41:08.029Z"
    updated: str = "2019-08-06T02:41:08.029Z"

    def __post_init__(self) -> None:
        """Refuse an id that HubSpot could not have given."""
        if not (self.id.isascii() and self.id.isdecimal()):
            raise ValueError(f"an owner's id is digits, not {self.id!r}")


OWNERS = (
    Owner(
        "41629779", "ada@example.com", "Ada", "Byron", 9_586_504, teams=(Team("178588", "Sales"),)
    ),
    Owner("41629780", "grace@example.com", "Grace", "Hopper", 9_586_505),
    Owner("41629781", "alan@example.com", "Alan", "Turing", 9_586_506),
    Owner("41629782", "joan@example.com", "Joan", "Clarke", 9_586_507, archived=True),
)
"""Made up: three who are there, one who left."""


@dataclass(frozen=True, slots=True)
class RequiredOnCreation:
    """What a new record of a type must have; 2026-09 holds calls to it (§1.5)."""

    object_type: str
    properties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConditionalRule:
    """Properties that a record needs once another has a certain value; held by 2026-09 (§1.5).

    Attributes:
        values: The other property's values that call for them; empty: any value.
    """

    object_type: str
    based_on: str
    values: tuple[str, ...]
    required: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PrivateApp:
    """An app of the account itself, known by one token that never expires (hubspot-api §7.3)."""

    token: str = field(default=PRIVATE_APP_TOKEN, repr=False)
    app_id: int = 1512050
    scopes: frozenset[str] = ALL_SCOPES


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An installed public app; its access tokens come from the token endpoint (§7.2).

    Attributes:
        code_seconds: How long its authorization codes are good; this simulator's choice.
        edits_associations: False: its tokens are a user's who may not edit associations (§1.5).
    """

    client_id: str = CLIENT_ID
    client_secret: str = field(default=CLIENT_SECRET, repr=False)
    refresh_token: str = field(default=REFRESH_TOKEN, repr=False)
    redirect_uri: str = REDIRECT_URI
    app_id: int = 1784316
    scopes: frozenset[str] = ALL_SCOPES
    access_token_seconds: int = 1_800
    code_seconds: int = 600
    edits_associations: bool = True


@dataclass(frozen=True, slots=True)
class AssociationLimit:
    """How many records of a type a record may be associated with, as an admin set it (§4.2).

    Attributes:
        from_type: Object type of the record that has the associations.
        to_type: Object type of the others.
        most: How many of them it may have.
        type_id: Of the association type that is limited; None for the unlabeled one.
        category: The type's category.
    """

    from_type: str
    to_type: str
    most: int
    type_id: int | None = None
    category: str = "HUBSPOT_DEFINED"


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
        custom_events: Whether its subscription has custom events (Enterprise, §5.1).
        owners: To whom records can belong.
        required_on_creation: What 2026-09 asks of new records.
        conditional_rules: What 2026-09 asks of records that have certain values.
        association_limits: What admins limit below HubSpot's own limits.
        seed: From which all its chance comes: order of results, ids of calls, faults.
        seed_contacts: How many made-up contacts it has at the start.
        keep_inputs: Whether the arrival log keeps each input's trace id and key.
        keep_calls: How many of the latest calls the arrival log is sure to keep; None: all.
        records: Records that it has at the start: their properties, by object type.
        faults: What goes wrong with its calls from the start.
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
    custom_events: bool = True
    owners: tuple[Owner, ...] = OWNERS
    required_on_creation: tuple[RequiredOnCreation, ...] = ()
    conditional_rules: tuple[ConditionalRule, ...] = ()
    seed: int = 0
    seed_contacts: int = 0
    association_limits: tuple[AssociationLimit, ...] = ()
    keep_inputs: bool = True
    keep_calls: int | None = None
    records: Mapping[str, Sequence[Mapping[str, Any]]] = field(default_factory=dict)
    faults: tuple[Fault, ...] = ()
