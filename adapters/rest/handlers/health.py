"""Whether the adapter lives, and whether it can serve. Neither needs a key."""

import asyncio
from typing import Any, Final, Literal

import msgspec
from aiohttp import web
from grpc_health.v1 import health_pb2

from adapters.rest.caller import Caller
from adapters.rest.contract import rpc
from adapters.rest.core import CORE
from adapters.rest.handlers.answers import respond
from adapters.rest.operation import Operation
from adapters.rest.problems import Problem

_CHECK: Final = rpc("Health/Check")
_TIMEOUT_S: Final = 1.0  # what load balancers wait for

STOPPING: Final = web.AppKey("stopping", asyncio.Event)


class Health(msgspec.Struct):
    """How the adapter is."""

    status: Literal["live", "ready"]
    """What was asked."""


async def live(request: web.Request) -> web.Response:
    """The process answers."""
    return respond(request, Health("live"))


async def ready(request: web.Request) -> web.Response:
    """The core answers and serves; raises a Problem (503) when it does not, or when this adapter is stopping."""
    if request.app[STOPPING].is_set():
        raise Problem(503, "DRAINING", "This adapter is stopping.")
    nobody = Caller(metadata=(), deadline_ms=None)
    answer = await request.app[CORE].call(_CHECK, health_pb2.HealthCheckRequest(), nobody, _TIMEOUT_S)
    if answer.status != health_pb2.HealthCheckResponse.SERVING:
        raise Problem(503, "UNAVAILABLE", "The exchange is not serving.")
    return respond(request, Health("ready"))


_OPEN: Final[dict[str, Any]] = {"tag": "Health", "answer": Health, "public": True}

OPERATIONS: Final = (
    Operation("GET", "/health/live", "live", "Whether the adapter answers", live, **_OPEN),
    Operation("GET", "/health/ready", "ready", "Whether the exchange serves", ready, **_OPEN),
)
