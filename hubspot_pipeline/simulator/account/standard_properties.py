"""The properties that HubSpot defines itself: many of a contact's, the basics of all others."""

from collections.abc import Iterator
from typing import Any

from hubspot_pipeline.simulator.account.object_types import CONTACTS, ObjectType
from hubspot_pipeline.simulator.account.properties import Property

_FIELD_TYPES = {
    "string": "text", "number": "number", "bool": "booleancheckbox", "date": "date",
    "datetime": "date", "enumeration": "select", "phone_number": "phonenumber",
}  # fmt: skip

LIFECYCLE_STAGES = (
    ("subscriber", "Subscriber"),
    ("lead", "Lead"),
    ("marketingqualifiedlead", "Marketing Qualified Lead"),
    ("salesqualifiedlead", "Sales Qualified Lead"),
    ("opportunity", "Opportunity"),
    ("customer", "Customer"),
    ("evangelist", "Evangelist"),
    ("other", "Other"),
)

# name | label | type | flags: ro = read only, multi, owner, area = several lines
_OF_ALL = """
hs_object_id | Record ID | number | ro
createdate | Create Date | datetime | ro
hs_object_source | Record source ID | enumeration | ro
hs_object_source_id | Record source detail | string | ro
hs_object_source_label | Record source | enumeration | ro
hs_object_source_user_id | Record source user ID | number | ro
hs_merged_object_ids | Merged record IDs | enumeration | ro
hs_unique_creation_key | Unique creation key | string | ro
hs_created_by_user_id | Created by user ID | number | ro
hs_updated_by_user_id | Updated by user ID | number | ro
hs_read_only | Read Only Object | bool | ro
hs_was_imported | Performed in an import | bool | ro
hubspot_owner_id | Owner | enumeration | owner
hubspot_owner_assigneddate | Owner assigned date | datetime | ro
hubspot_team_id | HubSpot team | enumeration | ro
"""

_OF_CONTACTS = """
email | Email | string |
firstname | First Name | string |
lastname | Last Name | string |
company | Company Name | string |
phone | Phone Number | string | phone
mobilephone | Mobile Phone Number | string | phone
fax | Fax Number | string |
address | Street Address | string |
city | City | string |
state | State/Region | string |
zip | Postal Code | string |
country | Country/Region | string |
hs_country_region_code | Country/Region Code | string |
hs_state_code | State/Region Code | string |
website | Website URL | string |
jobtitle | Job Title | string |
industry | Industry | string |
salutation | Salutation | string |
degree | Degree | string |
field_of_study | Field of study | string |
school | School | string |
graduation_date | Graduation date | string |
start_date | Start date | string |
date_of_birth | Date of birth | string |
gender | Gender | string |
marital_status | Marital Status | string |
relationship_status | Relationship Status | string |
military_status | Military status | string |
seniority | Seniority | string |
job_function | Job function | string |
work_email | Work email | string |
message | Message | string | area
annualrevenue | Annual Revenue | string |
numemployees | Number of Employees | enumeration |
total_revenue | Total Revenue | number | ro
closedate | Close Date | datetime |
twitterhandle | Twitter Username | string |
twitterbio | Twitter Bio | string |
twitterprofilephoto | Twitter Profile Photo | string |
linkedinbio | LinkedIn Bio | string |
hs_linkedin_url | LinkedIn URL | string |
hs_facebookid | Facebook ID | string |
hs_googleplusid | googleplus ID | string |
hs_twitterid | Twitter ID | string |
followercount | Follower Count | number |
kloutscoregeneral | Klout Score | number |
linkedinconnections | LinkedIn Connections | number |
photo | Photo | string |
ip_city | IP City | string | ro
ip_country | IP Country | string | ro
ip_country_code | IP Country Code | string | ro
ip_state | IP State/Region | string | ro
ip_zipcode | IP Zipcode | string | ro
currentlyinworkflow | Currently in workflow (discontinued) | enumeration | ro
hs_additional_emails | Additional email addresses | enumeration | multi
hs_additional_phone_numbers | Additional phone numbers | string | phone
hs_all_contact_vids | Merged Contact IDs | enumeration | ro
hs_avatar_filemanager_key | Avatar FileManager key | string |
hs_buying_role | Buying Role | enumeration | multi
hs_content_membership_notes | Membership Notes | string | area
hs_content_membership_status | Status | enumeration |
hs_email_bad_address | Invalid email address | bool | ro
hs_email_bounce | Marketing emails bounced | number | ro
hs_email_delivered | Marketing emails delivered | number | ro
hs_email_domain | Email Domain | string | ro
hs_email_optout | Unsubscribed from all email | bool | ro
hs_full_name_or_email | Full name or email | string | ro
hs_is_contact | Is a contact | bool | ro
hs_is_unworked | Contact unworked | bool | ro
hs_language | Preferred language | enumeration |
hs_latest_source | Latest Traffic Source | enumeration | ro
hs_analytics_source | Original Traffic Source | enumeration |
hs_analytics_first_timestamp | Time First Seen | datetime | ro
hs_analytics_num_page_views | Number of Pageviews | number | ro
hs_lead_status | Lead Status | enumeration |
hs_legal_basis | Legal basis for processing contact's data | enumeration | multi
hs_marketable_status | Marketing contact status | enumeration | ro
hs_persona | Persona | enumeration |
hs_pipeline | Pipeline | enumeration | ro
hs_quarantined_emails | Quarantined Emails | string | ro
hs_sa_first_engagement_date | Date of first engagement | datetime | ro
hs_timezone | Time Zone | enumeration |
hs_whatsapp_phone_number | WhatsApp Phone Number | string | phone
lastmodifieddate | Last Modified Date | datetime | ro
associatedcompanyid | Primary Associated Company ID | number |
num_associated_deals | Number of Associated Deals | number | ro
num_conversion_events | Number of Form Submissions | number | ro
recent_conversion_date | Recent Conversion Date | datetime | ro
recent_deal_amount | Recent Deal Amount | number | ro
notes_last_contacted | Last Contacted | datetime | ro
notes_last_updated | Last Activity Date | datetime | ro
num_notes | Number of Sales Activities | number | ro
webinareventlastupdated | LastRegisteredAt | datetime | ro
"""

_OPTIONS = {
    "numemployees": (
        "1-5",
        "5-25",
        "25-50",
        "50-100",
        "100-500",
        "500-1000",
        "1000+",
    ),
    "hs_buying_role": (
        "BLOCKER",
        "BUDGET_HOLDER",
        "CHAMPION",
        "DECISION_MAKER",
        "END_USER",
        "EXECUTIVE_SPONSOR",
        "INFLUENCER",
        "LEGAL_AND_COMPLIANCE",
        "OTHER",
    ),
    "hs_content_membership_status": (
        "active",
        "inactive",
    ),
    "hs_language": (
        "da",
        "de",
        "en",
        "en-gb",
        "en-us",
        "es",
        "es-mx",
        "fi",
        "fr",
        "fr-ca",
        "it",
        "ja",
        "ko",
        "nl",
        "no",
        "pl",
        "pt",
        "pt-br",
        "ru",
        "sv",
        "tr",
        "uk",
        "zh-cn",
        "zh-tw",
    ),
    "hs_analytics_source": (
        "ORGANIC_SEARCH",
        "PAID_SEARCH",
        "EMAIL_MARKETING",
        "SOCIAL_MEDIA",
        "REFERRALS",
        "OTHER_CAMPAIGNS",
        "DIRECT_TRAFFIC",
        "OFFLINE",
        "PAID_SOCIAL",
    ),
    "hs_lead_status": (
        "NEW",
        "OPEN",
        "IN_PROGRESS",
        "OPEN_DEAL",
        "UNQUALIFIED",
        "ATTEMPTED_TO_CONTACT",
        "CONNECTED",
        "BAD_TIMING",
    ),
    "hs_legal_basis": (
        "Legitimate interest – prospect/lead",
        "Legitimate interest – existing customer",
        "Legitimate interest - other",
        "Performance of a contract",
        "Freely given consent from contact",
        "Not applicable",
    ),
    "hs_persona": (
        "persona_1",
        "persona_2",
    ),
    "hs_timezone": (
        "us_slash_eastern",
        "us_slash_central",
        "us_slash_pacific",
        "europe_slash_london",
        "europe_slash_paris",
        "europe_slash_berlin",
        "asia_slash_tokyo",
        "utc",
    ),
}


def standard_properties(kind: ObjectType) -> Iterator[Property]:
    """What HubSpot defines for a type: all of contacts that matters here, else the basics."""
    yield from _parse(_OF_ALL, kind.group)
    if kind is CONTACTS:
        yield from _parse(_OF_CONTACTS, kind.group)
    else:
        yield from _parse("hs_lastmodifieddate | Last Modified Date | datetime | ro", kind.group)
    if kind.name in ("contacts", "companies"):
        yield Property(
            "lifecyclestage", "Lifecycle Stage", "enumeration", "radio", kind.group,
            options=[option(*stage, at) for at, stage in enumerate(LIFECYCLE_STAGES)],
            hubspot_defined=True, form_field=True,
        )  # fmt: skip


def option(value: str, label: str, display_order: int) -> dict[str, Any]:
    """An option of an enumeration, as the properties API shows it."""
    return {
        "label": label,
        "value": value,
        "displayOrder": display_order,
        "hidden": False,
        "description": "",
    }


def _parse(table: str, group: str) -> Iterator[Property]:
    for line in table.strip().splitlines():
        name, label, kind, flags = (part.strip() for part in line.split("|", 3))
        marks = flags.split()
        values = _OPTIONS.get(name, ("true", "false") if kind == "bool" else ())
        yield Property(
            name,
            label,
            kind,
            _field_type(kind, marks),
            group,
            options=[option(value, value, at) for at, value in enumerate(values)],
            hubspot_defined=True,
            read_only="ro" in marks,
            external_options="owner" in marks,
            form_field="ro" not in marks,
        )


def _field_type(kind: str, marks: list[str]) -> str:
    if "multi" in marks:
        return "checkbox"
    if "phone" in marks:
        return "phonenumber"
    return "textarea" if "area" in marks else _FIELD_TYPES[kind]
