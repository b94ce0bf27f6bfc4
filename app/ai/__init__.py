"""The stages between a message and a decision: each takes a proposal and returns it with more fields."""
