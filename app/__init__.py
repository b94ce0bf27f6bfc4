"""Countersign: AI drafts support replies; policy, evidence and people decide what is sent."""
