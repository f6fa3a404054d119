"""Publishing while its processes are killed: nothing lost, doubled, or sent after a withdrawal or a stop."""
