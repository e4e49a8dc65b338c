"""What builds and checks the project; run as `python -m tools.NAME`."""
