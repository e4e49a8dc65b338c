"""Buyers at the other end, as lean as can be: it is the exchange that is measured."""
