"""The gateway: a bidder on the exchange's bid stream that speaks for buyers who want HTTP requests instead."""
