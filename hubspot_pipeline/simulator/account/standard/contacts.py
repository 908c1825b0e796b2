"""The properties of contacts that come with HubSpot."""

CONTACTS = """
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
= 1-5; 5-25; 25-50; 50-100; 100-500; 500-1000; 1000+
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
= BLOCKER; BUDGET_HOLDER; CHAMPION; DECISION_MAKER; END_USER; EXECUTIVE_SPONSOR; INFLUENCER
= LEGAL_AND_COMPLIANCE; OTHER
hs_content_membership_notes | Membership Notes | string | area
hs_content_membership_status | Status | enumeration |
= active; inactive
hs_email_bad_address | Invalid email address | bool | ro
hs_email_bounce | Marketing emails bounced | number | ro
hs_email_delivered | Marketing emails delivered | number | ro
hs_email_domain | Email Domain | string | ro
hs_email_optout | Unsubscribed from all email | bool | ro
hs_full_name_or_email | Full name or email | string | ro
hs_is_contact | Is a contact | bool | ro
hs_is_unworked | Contact unworked | bool | ro
hs_language | Preferred language | enumeration |
= da; de; en; en-gb; en-us; es; es-mx; fi; fr; fr-ca; it; ja; ko; nl; no; pl; pt; pt-br; ru; sv
= tr; uk; zh-cn; zh-tw
hs_latest_source | Latest Traffic Source | enumeration | ro
hs_analytics_source | Original Traffic Source | enumeration |
= ORGANIC_SEARCH; PAID_SEARCH; EMAIL_MARKETING; SOCIAL_MEDIA; REFERRALS; OTHER_CAMPAIGNS
= DIRECT_TRAFFIC; OFFLINE; PAID_SOCIAL
hs_analytics_first_timestamp | Time First Seen | datetime | ro
hs_analytics_num_page_views | Number of Pageviews | number | ro
hs_lead_status | Lead Status | enumeration |
= NEW; OPEN; IN_PROGRESS; OPEN_DEAL; UNQUALIFIED; ATTEMPTED_TO_CONTACT; CONNECTED; BAD_TIMING
hs_legal_basis | Legal basis for processing contact's data | enumeration | multi
= Legitimate interest – prospect/lead; Legitimate interest – existing customer
= Legitimate interest - other; Performance of a contract; Freely given consent from contact
= Not applicable
hs_marketable_status | Marketing contact status | enumeration | ro
hs_persona | Persona | enumeration |
= persona_1; persona_2
hs_pipeline | Pipeline | enumeration | ro
hs_quarantined_emails | Quarantined Emails | string | ro
hs_sa_first_engagement_date | Date of first engagement | datetime | ro
hs_timezone | Time Zone | enumeration |
= us_slash_eastern; us_slash_central; us_slash_pacific; europe_slash_london; europe_slash_paris
= europe_slash_berlin; asia_slash_tokyo; utc
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
