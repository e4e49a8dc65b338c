"""The way to the core: one gRPC channel, with the caller's credential on each call."""

from typing import Final

import grpc

_MAX_MESSAGE_BYTES: Final = 4 << 20  # a page of 500 whole leads fits; the core refuses larger requests at 1 MiB

_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),  # notices a dead core before a buyer's stream is missed
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
)


def connect(address: str) -> grpc.aio.Channel:
    """A channel to the core at `host:port`. It connects when first used, and again when the connection is lost."""
    return grpc.aio.insecure_channel(address, options=_OPTIONS)


def credential(key: str) -> tuple[tuple[str, str], ...]:
    """The metadata that carries an API key."""
    return (("authorization", f"Bearer {key}"),)
