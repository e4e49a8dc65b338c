"""The embedded engine: SQLite in WAL mode with full synchronisation, one writer thread, group commit."""
