"""Writes → HubSpot → verdicts: batches in flight, resume, and one result per input row."""
