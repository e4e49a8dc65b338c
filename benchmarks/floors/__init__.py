"""The least that could be done instead: each floor does a benchmark's input and output and nothing of its work."""
