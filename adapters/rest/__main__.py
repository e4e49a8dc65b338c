"""`python -m adapters.rest`."""

from adapters.common.process import run
from adapters.rest.server import serve

if __name__ == "__main__":
    run(serve)
