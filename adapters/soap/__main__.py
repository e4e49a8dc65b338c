"""`python -m adapters.soap`."""

from adapters.common.process import run
from adapters.soap.server import serve

if __name__ == "__main__":
    run(serve)
