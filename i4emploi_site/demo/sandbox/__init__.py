"""What the sandboxes of the networks share: faults on demand, an audience, a server on loopback."""
