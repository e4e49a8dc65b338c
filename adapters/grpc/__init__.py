"""The gRPC edge: takes what callers send over gRPC and passes it on to the cores, submissions in frames."""
