"""The HubSpot API: one shared client, one shared rate limit, typed endpoints and errors."""
