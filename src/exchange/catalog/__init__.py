"""Who takes part: sources, buyers, campaigns and endpoints, in memory for the auction and kept in the store."""
