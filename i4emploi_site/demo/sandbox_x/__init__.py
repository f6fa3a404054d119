"""A sandbox of X: API v2 shapes on loopback, several users, faults on demand, an audience, and a ledger of the truth."""
