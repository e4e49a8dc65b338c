"""`python -m adapters.grpc`."""

from adapters.common.process import run
from adapters.grpc.server import serve

if __name__ == "__main__":
    run(serve)
