"""Where bids come from: static rules at the exchange, and sessions that bidders open outward to it."""
