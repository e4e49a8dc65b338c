"""The gRPC services: each method converts, calls, and converts back."""
