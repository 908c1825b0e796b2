"""The properties of deals and leads that come with HubSpot."""

DEALS = """
dealname | Deal Name | string |
dealstage | Deal Stage | enumeration | place radio
pipeline | Pipeline | enumeration | place
amount | Amount | number |
closedate | Close Date | datetime |
dealtype | Deal Type | enumeration | radio
= newbusiness; existingbusiness
description | Deal Description | string | area
deal_currency_code | Currency | enumeration |
= USD; EUR; GBP; CHF; JPY; CAD; AUD; INR; SEK; NOK; DKK; PLN; BRL; MXN
hs_priority | Priority | enumeration |
= low; medium; high
hs_next_step | Next step | string |
hs_forecast_amount | Forecast amount | number | ro
hs_forecast_probability | Forecast probability | number |
hs_manual_forecast_category | Forecast category | enumeration |
= OMIT; PIPELINE; BEST_CASE; COMMIT; CLOSED
hs_deal_stage_probability | Deal probability | number | ro
hs_is_closed | Is Deal Closed? | bool | ro
hs_is_closed_won | Is Closed Won | bool | ro
hs_is_closed_lost | Is closed lost | bool | ro
hs_closed_amount | Closed Deal Amount | number | ro
hs_projected_amount | Weighted amount | number | ro
amount_in_home_currency | Amount in company currency | number | ro
days_to_close | Days to close | number | ro
hs_acv | Annual contract value | number |
hs_arr | Annual recurring revenue | number |
hs_mrr | Monthly recurring revenue | number |
hs_tcv | Total contract value | number |
closed_lost_reason | Closed Lost Reason | string | area
closed_won_reason | Closed Won Reason | string | area
hs_all_owner_ids | All owner IDs | enumeration | ro multi
hs_analytics_source | Original Traffic Source | enumeration | ro
hs_campaign | HubSpot Campaign | string |
hs_likelihood_to_close | Likelihood to close | number | ro
hs_num_associated_active_deal_registrations | Active Deal Registrations | number | ro
hs_tag_ids | Deal Tags | enumeration | ro multi
engagements_last_meeting_booked | Date of last meeting booked | datetime | ro
notes_last_contacted | Last Contacted | datetime | ro
notes_last_updated | Last Activity Date | datetime | ro
notes_next_activity_date | Next Activity Date | datetime | ro
num_associated_contacts | Number of Associated Contacts | number | ro
num_contacted_notes | Number of times contacted | number | ro
num_notes | Number of Sales Activities | number | ro
"""

LEADS = """
hs_lead_name | Lead name | string |
hs_lead_label | Lead label | enumeration |
= HOT; WARM; COLD
hs_lead_type | Lead type | enumeration |
= NEW_BUSINESS; RE_ENGAGE; UPSELL
hs_pipeline | Lead pipeline | enumeration | place
hs_pipeline_stage | Lead stage | enumeration | place radio
hs_lead_disqualification_reason | Disqualification reason | enumeration | multi
= no_budget; not_a_fit; competitor; no_response; timing; other
hs_lead_disqualification_note | Disqualification note | string | area
hs_associated_company_name | Associated company name | string | ro
hs_associated_contact_email | Associated contact email | string | ro
hs_lead_is_open | Is open | bool | ro
"""
