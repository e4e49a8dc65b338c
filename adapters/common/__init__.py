"""What the adapters share: the way to the core, settings, logs and the life of a process."""
