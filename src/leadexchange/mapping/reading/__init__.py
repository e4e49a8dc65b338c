"""From an answer to what it says."""
