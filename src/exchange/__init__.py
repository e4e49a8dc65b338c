"""The lead exchange's core: an auction for leads, spoken to by gRPC only."""
