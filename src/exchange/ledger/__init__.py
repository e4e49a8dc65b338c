"""Double-entry postings. Pure: what to post is decided here, and kept by the store."""
