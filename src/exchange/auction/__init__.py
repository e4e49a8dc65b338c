"""Auctions, carried out: `conductor` reads as the way of a lead; the rest are its steps."""
