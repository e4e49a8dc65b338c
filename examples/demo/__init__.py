"""The main job once, on real input: a whole exchange, sample buyers around it, and a file of leads through it."""

import os

# The demo starts processes while it speaks gRPC, which would prepare for each fork and tell how it went. They
# are new programs and need nothing of it. gRPC reads this when it is imported.
os.environ.setdefault("GRPC_ENABLE_FORK_SUPPORT", "false")
