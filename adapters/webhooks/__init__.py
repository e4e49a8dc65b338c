"""Webhooks: events leased from the exchange's outbox, signed and sent to their subscribers' endpoints."""
