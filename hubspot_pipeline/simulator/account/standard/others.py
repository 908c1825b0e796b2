"""The properties that come with HubSpot of the remaining object types."""

APPOINTMENTS = """
hs_appointment_name | Appointment name | string |
hs_appointment_start | Appointment start | datetime |
hs_appointment_end | Appointment end | datetime |
"""

SERVICES = """
hs_name | Service name | string |
hs_category | Category | enumeration | multi
= Consulting; Implementation; Onboarding; Training; Support; Other
hs_amount_paid | Amount paid | number |
hs_start_date | Start date | datetime |
hs_close_date | Close date | datetime |
"""

COURSES = """
hs_course_name | Course name | string |
hs_course_id | Course ID | string |
hs_course_description | Course description | string | area
hs_enrollment_capacity | Enrollment capacity | number |
"""

LISTINGS = """
hs_name | Listing name | string |
hs_price | Price | number |
hs_bedrooms | Bedrooms | number |
hs_bathrooms | Bathrooms | number |
hs_square_footage | Square footage | number |
hs_address_1 | Address 1 | string |
hs_address_2 | Address 2 | string |
hs_city | City | string |
hs_state_province | State/Province | string |
hs_zip | ZIP | string |
hs_year_built | Year built | number |
"""

PROJECTS = """
hs_name | Project name | string |
hs_description | Description | string | area
hs_status | Status | string |
hs_start_date | Start date | date |
hs_target_due_date | Target due date | date |
"""

USERS = """
hs_given_name | First name | string | ro
hs_family_name | Last name | string | ro
hs_email | Email | string | ro
hs_internal_user_id | User ID | number | ro
hs_job_title | Job title | string |
hs_availability_status | Availability status | enumeration |
= available; away
hs_standard_time_zone | Time zone | string |
hs_working_hours | Working hours | string | area
hs_deactivated | Deactivated | bool | ro
"""

MARKETING_EVENTS = """
hs_event_name | Name | string |
hs_event_type | Type | string |
hs_event_organizer | Organizer | string |
hs_event_description | Description | string | area
hs_event_url | URL | string |
hs_start_datetime | Start time | datetime |
hs_end_datetime | End time | datetime |
hs_event_cancelled | Cancelled | bool |
hs_registrants | Registrants | number | ro
hs_attendees | Attendees | number | ro
"""

FEEDBACK_SUBMISSIONS = """
hs_survey_name | Survey name | string | ro
hs_survey_type | Survey type | enumeration | ro
hs_submission_timestamp | Submitted at | datetime | ro
hs_response_group | Response group | enumeration | ro
hs_sentiment | Sentiment | enumeration | ro
hs_value | Rating | number | ro
hs_content | Feedback | string | ro
"""

GOAL_TARGETS = """
hs_goal_name | Goal name | string |
hs_target_amount | Target amount | number |
hs_start_datetime | Start time | datetime |
hs_end_datetime | End time | datetime |
hs_kpi_value_calculated_at | Value calculated at | datetime | ro
"""
