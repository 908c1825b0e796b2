"""The account: what it holds, and the rules that HubSpot keeps it by."""
