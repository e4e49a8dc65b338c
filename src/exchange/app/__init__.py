"""Composition root: configuration, wiring, telemetry, the `exchange` command."""
