"""The page: a read-only site at ``/`` that shows the account and what is asked of it."""
