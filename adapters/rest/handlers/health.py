"""Whether the adapter lives, and whether it can serve. Neither needs a key."""

import asyncio
from typing import Final

from aiohttp import web
from grpc_health.v1 import health_pb2

from adapters.rest.caller import Caller
from adapters.rest.core import CORE, Rpc
from adapters.rest.handlers.answers import respond
from adapters.rest.problems import Problem

_CHECK: Final = Rpc("/grpc.health.v1.Health/Check", health_pb2.HealthCheckResponse)
_NOBODY: Final = Caller(metadata=(), deadline_ms=None)
_TIMEOUT_S: Final = 1.0  # what load balancers wait for

STOPPING: Final = web.AppKey("stopping", asyncio.Event)


async def live(_: web.Request) -> web.Response:
    """The process answers."""
    return respond({"status": "live"})


async def ready(request: web.Request) -> web.Response:
    """The core answers and serves; raises a Problem (503) when it does not, or when this adapter is stopping."""
    if request.app[STOPPING].is_set():
        raise Problem(503, "DRAINING", "This adapter is stopping.")
    answer = await request.app[CORE].call(_CHECK, health_pb2.HealthCheckRequest(), _NOBODY, _TIMEOUT_S)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise Problem(503, "UNAVAILABLE", "The exchange is not serving.")
    return respond({"status": "ready"})
