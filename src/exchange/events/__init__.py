"""Events: composing, routing and backing off. Pure: what awaits or reads a clock is elsewhere."""
