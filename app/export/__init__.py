"""The export for a stranger: the log, its checkpoints, the policies, and one file that checks them all."""
