"""The properties of tickets that come with HubSpot."""

TICKETS = """
subject | Ticket name | string |
content | Ticket description | string | area
hs_pipeline | Pipeline | enumeration | place
hs_pipeline_stage | Ticket status | enumeration | place radio
hs_ticket_id | Ticket ID | number | ro
hs_ticket_priority | Priority | enumeration |
= LOW; MEDIUM; HIGH; URGENT
hs_ticket_category | Category | enumeration | multi
= PRODUCT_ISSUE; BILLING_ISSUE; FEATURE_REQUEST; GENERAL_INQUIRY
hs_resolution | Resolution | enumeration | multi
= ISSUE_FIXED; REPLACED; OPERATOR_ERROR; OTHER
source_type | Source | enumeration |
= CHAT; EMAIL; FORM; PHONE
hs_file_upload | File upload | string |
hs_in_helpdesk | In Help Desk | bool | ro
hs_is_one_touch_ticket | First contact resolution | bool | ro
hs_is_visible_in_help_desk | Is visible in Help Desk | bool | ro
hs_ticket_language_ai_tag | Ticket language | enumeration | ro
closed_date | Close date | datetime |
first_agent_reply_date | First agent email response date | datetime | ro
last_reply_date | Last customer reply date | datetime | ro
last_engagement_date | Date of last engagement | datetime | ro
time_to_close | Time to close | number | ro
time_to_first_agent_reply | Time to first agent email reply | number | ro
hs_last_message_received_at | Last message received date | datetime | ro
hs_last_message_sent_at | Last response date | datetime | ro
hs_num_associated_companies | Number of associated companies | number | ro
hs_num_times_contacted | Number of times contacted | number | ro
hs_all_owner_ids | All owner IDs | enumeration | ro multi
hs_tag_ids | Ticket tags | enumeration | ro multi
notes_last_contacted | Last Contacted Date | datetime | ro
notes_last_updated | Last Activity Date | datetime | ro
notes_next_activity_date | Next Activity Date | datetime | ro
num_notes | Number of Sales Activities | number | ro
"""
