"""Zendesk: the client, the host and its webhooks."""
