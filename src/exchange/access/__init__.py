"""Who may do what, and how secrets and persons are kept."""
