"""The main job once, on real input: a whole exchange, sample buyers around it, and a file of leads through it."""

import os

# The demo starts processes while it speaks gRPC. They begin afresh, so that gRPC need not be made ready for forks, and
# says so each time; it reads this when it is imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
