"""Floor 0: the rulebook. Standard library only, no clock, no I/O."""
