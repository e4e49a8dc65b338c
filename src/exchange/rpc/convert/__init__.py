"""Between the contract's messages and domain values."""
