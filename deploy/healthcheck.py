"""Whether a process of the exchange serves, for whoever started its container: exit 0 if it does.

python healthcheck.py grpc://HOST:PORT     the standard health service of a core
python healthcheck.py http://HOST:PORT/…   any answer of 2xx
"""

import sys
import urllib.request
from http.client import HTTPException
from typing import Any, Final

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

_WAIT_S: Final = 2.0


def serves(url: str) -> bool:
    """Whether what listens there serves."""
    if url.startswith("grpc://"):
        with grpc.insecure_channel(url.removeprefix("grpc://")) as channel:
            try:
                answer = _health(channel).Check(health_pb2.HealthCheckRequest(), timeout=_WAIT_S)
            except grpc.RpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
    try:
        with urllib.request.urlopen(url, timeout=_WAIT_S) as answer:  # noqa: S310 - of whoever wrote the command
            return bool(200 <= answer.status < 300)
    except (OSError, HTTPException):
        return False


def _health(channel: grpc.Channel) -> Any:
    return health_pb2_grpc.HealthStub(channel)  # whose types leave its methods out


if __name__ == "__main__":
    sys.exit(0 if serves(sys.argv[1]) else 1)
