"""Answers in other media types than JSON, and which of them a caller wants."""
