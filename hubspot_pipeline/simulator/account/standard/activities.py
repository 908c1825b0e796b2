"""The properties of activities that come with HubSpot: tasks, notes, calls, messages."""

_OF_ALL = """
hs_timestamp | Activity date | datetime |
hs_activity_type | Activity type | string |
hs_attachment_ids | Attached file IDs | string |
hs_body_preview | Body preview | string | ro
hs_at_mentioned_owner_ids | At-mentioned owner IDs | enumeration | ro multi
hs_queue_membership_ids | Queues | enumeration | ro multi
hs_engagement_source | Engagement source | enumeration | ro
"""

TASKS = f"""{_OF_ALL}
hs_task_subject | Task Title | string |
hs_task_body | Task Notes | string | html
hs_task_status | Task Status | enumeration |
= NOT_STARTED; IN_PROGRESS; WAITING; COMPLETED; DEFERRED
hs_task_priority | Priority | enumeration |
= NONE; LOW; MEDIUM; HIGH
hs_task_type | Task Type | enumeration |
= CALL; EMAIL; LINKED_IN; LINKED_IN_CONNECT; LINKED_IN_MESSAGE; MEETING; TODO
hs_task_reminders | Reminders | string |
hs_task_completion_date | Completed at | datetime | ro
hs_task_is_completed | Is completed | number | ro
hs_task_is_overdue | Is overdue | bool | ro
"""

NOTES = f"""{_OF_ALL}
hs_note_body | Note body | string | html
"""

CALLS = f"""{_OF_ALL}
hs_call_title | Call Title | string |
hs_call_body | Call notes | string | html
hs_call_direction | Call direction | enumeration |
= INBOUND; OUTBOUND
hs_call_disposition | Call outcome | enumeration |
= 9d9162e7-6cf3-4944-bf63-4dff82258764; f240bbac-87c9-4f6e-bf70-924b57d47db7
= a4c4c377-d246-4b32-a13b-75a56a4cd0ff; b2cf5968-551e-4856-9783-52b3da59a7d0
= 73a0d17f-1163-4015-bdd5-ec830791da20; 17b47fee-58de-441e-a44c-c6300d46f273
hs_call_duration | Call duration | number |
hs_call_from_number | From Number | string |
hs_call_to_number | To Number | string |
hs_call_recording_url | Recording URL | string |
hs_call_status | Call Status | enumeration |
= BUSY; CALLING_CRM_USER; CANCELED; COMPLETED; CONNECTING; FAILED; IN_PROGRESS; MISSED; NO_ANSWER
= QUEUED; RINGING
hs_call_callee_object_id | Callee object ID | number |
hs_call_callee_object_type | Callee object type | enumeration | ro
hs_call_has_transcript | Has transcript | bool | ro
"""

MEETINGS = f"""{_OF_ALL}
hs_meeting_title | Meeting name | string |
hs_meeting_body | Meeting description | string | html
hs_internal_meeting_notes | Internal meeting notes | string | html
hs_meeting_external_URL | Meeting link | string |
hs_meeting_location | Meeting location | string |
hs_meeting_start_time | Meeting start time | datetime |
hs_meeting_end_time | Meeting end time | datetime |
hs_meeting_outcome | Meeting outcome | enumeration |
= SCHEDULED; COMPLETED; RESCHEDULED; NO_SHOW; CANCELED
hs_meeting_source | Meeting source | enumeration | ro
"""

EMAILS = f"""{_OF_ALL}
hs_email_subject | Email subject | string |
hs_email_text | Email body text | string | area
hs_email_html | Email body | string | html
hs_email_headers | Email headers | string | area
hs_email_direction | Email direction | enumeration |
= EMAIL; INCOMING_EMAIL; FORWARDED_EMAIL; DRAFT_EMAIL
hs_email_status | Email send status | enumeration |
= BOUNCED; FAILED; SCHEDULED; SENDING; SENT
hs_email_from_email | Email from address | string | ro
hs_email_from_firstname | Email from first name | string | ro
hs_email_from_lastname | Email from last name | string | ro
hs_email_to_email | Email to address | string | ro
hs_email_to_firstname | Email to first name | string | ro
hs_email_to_lastname | Email to last name | string | ro
hs_email_open_count | Number of email opens | number | ro
hs_email_click_count | Number of email clicks | number | ro
"""

COMMUNICATIONS = f"""{_OF_ALL}
hs_communication_channel_type | Channel type | enumeration |
= WHATS_APP; LINKEDIN_MESSAGE; SMS
hs_communication_logged_from | Logged from | enumeration |
= CRM
hs_communication_body | Communication body | string | html
"""

POSTAL_MAIL = f"""{_OF_ALL}
hs_postal_mail_body | Postal mail body | string | html
"""
