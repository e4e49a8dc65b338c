"""From values to a request."""
