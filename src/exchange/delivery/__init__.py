"""Delivering events: leasing what is due, judging what came of it, and watching over endpoints."""
