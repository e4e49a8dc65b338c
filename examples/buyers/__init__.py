"""Sample buyers: over HTTP, over the bid stream, and a receiver of webhooks; made to be run, imported and read."""
