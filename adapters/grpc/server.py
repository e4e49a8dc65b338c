"""Serves the edge on an address that others may share, until it is told to stop; by SIGTERM when another follows.

Settings, beside those of every adapter:

- `EXCHANGE_GRPC_LISTEN`: `host:port`; port 0 takes a free one.
- `EXCHANGE_GRPC_CONNECTION_AGE_S`: connections are ended after so many s, between calls: whoever takes this process's
  place gets its callers, and no call is lost.
"""

import asyncio
import signal
from typing import Final

import grpc

from adapters.common import cores
from adapters.common.balanced import Balanced
from adapters.common.process import SettingError, ready, setting
from adapters.grpc.edge import Edge
from leadexchange.ports import connections, stop_listening

_MAX_MESSAGE_BYTES: Final = 1 << 20  # what a core takes
_MAX_METADATA_BYTES: Final = 16 << 10
_PENDING_CALLS: Final = 128  # not come round to; beyond, gRPC itself refuses, and beyond twice as many each call
_JITTER: Final = 1.2  # gRPC ends connections up to a tenth later than it was told
_STEP_S: Final = 0.2
_FINISH_S: Final = 12.0  # the longest call
# Those with a queue of their own at gRPC's: a rush of the ones must not delay the others, nor whatever else is called.
_RUSHED: Final = ("leadexchange.v1.SubmissionService", "grpc.health.v1.Health")

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.max_metadata_size", _MAX_METADATA_BYTES),
    ("grpc.server.max_pending_requests", _PENDING_CALLS),
    ("grpc.server.max_pending_requests_hard_limit", 2 * _PENDING_CALLS),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),  # bidders behind firewalls keep their streams alive
    ("grpc.so_reuseport", 1),
)


async def serve(stopping: asyncio.Event) -> None:
    """Serves until the event is set, and then until what is open is finished. Raises SettingError."""
    listen, age_s = setting("EXCHANGE_GRPC_LISTEN", "127.0.0.1:50051"), _age_s()
    channel = await Balanced.over(cores.from_settings())
    edge = Edge(channel)
    server = grpc.aio.server(options=(*_OPTIONS, ("grpc.max_connection_age_ms", age_s * 1_000)))
    for service in _RUSHED:
        server.add_registered_method_handlers(service, edge.handlers[service])
    server.add_generic_rpc_handlers((edge,))
    try:
        port = server.add_insecure_port(listen)
    except RuntimeError:
        raise SettingError(f"EXCHANGE_GRPC_LISTEN: cannot listen on {listen}") from None
    await server.start()
    loop = asyncio.get_running_loop()
    leaving = asyncio.Event()

    def leave() -> None:
        leaving.set()
        stopping.set()

    loop.add_signal_handler(signal.SIGTERM, leave)
    ready("grpc", f"{listen.rpartition(':')[0]}:{port}")
    await stopping.wait()
    if leaving.is_set():
        stop_listening(port)
        ends = loop.time() + age_s * _JITTER
        while connections(port) and loop.time() < ends:  # noqa: ASYNC110 - gRPC tells of none
            await asyncio.sleep(_STEP_S)
    await server.stop(_FINISH_S)
    await channel.close()


def _age_s() -> int:
    text = setting("EXCHANGE_GRPC_CONNECTION_AGE_S", "10")
    if not text.isascii() or not text.isdigit() or not int(text):
        raise SettingError(f"EXCHANGE_GRPC_CONNECTION_AGE_S is {text[:20]!r}, expected whole seconds from 1 on")
    return int(text)
