"""The benchmark suite: `python -m benchmarks`. docs/performance.md says what it measures and how to read it."""

import os

os.environ.setdefault("GRPC_VERBOSITY", "ERROR")  # it tells of each process that is started beside its threads
