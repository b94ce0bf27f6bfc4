"""A local Zendesk: REST, signed webhooks, an agent page and switchable faults."""
