"""Deliveries rehearsed: calls that read go to HubSpot, calls that write are answered here."""
