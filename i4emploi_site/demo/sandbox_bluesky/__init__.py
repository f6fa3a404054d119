"""A sandbox of a Bluesky PDS and its AppView: XRPC on loopback, faults on demand, an audience, and a ledger of the truth."""
