"""The properties that come with HubSpot, a table for each object type.

A line is ``name | label | type | flags``; lines that begin with ``=`` list the options of the
property above them, separated by semicolons. Flags: ``ro`` read only, ``multi`` several options,
``owner`` an owner's id, ``place`` a pipeline or stage, ``area`` several lines, ``phone``, ``html``,
``radio``.
"""

from hubspot_pipeline.simulator.account.standard.activities import (
    CALLS,
    COMMUNICATIONS,
    EMAILS,
    MEETINGS,
    NOTES,
    POSTAL_MAIL,
    TASKS,
)
from hubspot_pipeline.simulator.account.standard.commerce import (
    CARTS,
    COMMERCE_PAYMENTS,
    DISCOUNTS,
    FEES,
    INVOICES,
    LINE_ITEMS,
    ORDERS,
    PRODUCTS,
    QUOTES,
    SUBSCRIPTIONS,
    TAXES,
)
from hubspot_pipeline.simulator.account.standard.companies import COMPANIES
from hubspot_pipeline.simulator.account.standard.contacts import CONTACTS
from hubspot_pipeline.simulator.account.standard.deals import DEALS, LEADS
from hubspot_pipeline.simulator.account.standard.others import (
    APPOINTMENTS,
    COURSES,
    FEEDBACK_SUBMISSIONS,
    GOAL_TARGETS,
    LISTINGS,
    MARKETING_EVENTS,
    PROJECTS,
    SERVICES,
    USERS,
)
from hubspot_pipeline.simulator.account.standard.tickets import TICKETS

TABLES = {
    "appointments": APPOINTMENTS,
    "calls": CALLS,
    "carts": CARTS,
    "commerce_payments": COMMERCE_PAYMENTS,
    "communications": COMMUNICATIONS,
    "companies": COMPANIES,
    "contacts": CONTACTS,
    "courses": COURSES,
    "deals": DEALS,
    "discounts": DISCOUNTS,
    "emails": EMAILS,
    "feedback_submissions": FEEDBACK_SUBMISSIONS,
    "fees": FEES,
    "goal_targets": GOAL_TARGETS,
    "invoices": INVOICES,
    "leads": LEADS,
    "line_items": LINE_ITEMS,
    "listings": LISTINGS,
    "marketing_events": MARKETING_EVENTS,
    "meetings": MEETINGS,
    "notes": NOTES,
    "orders": ORDERS,
    "postal_mail": POSTAL_MAIL,
    "products": PRODUCTS,
    "projects": PROJECTS,
    "quotes": QUOTES,
    "services": SERVICES,
    "subscriptions": SUBSCRIPTIONS,
    "tasks": TASKS,
    "taxes": TAXES,
    "tickets": TICKETS,
    "users": USERS,
}
"""By the plural name of the type."""
