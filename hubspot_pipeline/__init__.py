"""Event exports into HubSpot, in batches, with a verdict for every row."""
