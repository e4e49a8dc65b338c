"""One function an endpoint: read, call the core, answer."""
