"""The benchmarks, each a module whose `run` yields figures."""
