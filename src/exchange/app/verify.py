"""`exchange verify`: proves from a store that nothing was lost, sold twice or misbooked."""

from exchange.app.stores import verify

__all__ = ["verify"]
