"""A HubSpot account on this machine, over real HTTP, for the demo and the tests."""
