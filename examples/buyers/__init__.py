"""Sample buyers: over HTTP, over the bid stream, and a receiver of webhooks. Runnable, importable, and made to be read."""
