"""The way to the exchange: one address or several, of which the next is taken when one cannot be reached.

A name may be of several cores: calls go to all of its addresses in turn.
"""

from collections.abc import Sequence
from typing import Final

import grpc

Tls = bool | bytes | grpc.ChannelCredentials
"""False for none, True for the system's authorities, PEM bytes for one's own, or credentials as gRPC has them."""

_MAX_MESSAGE_BYTES: Final = 4 << 20  # a page of 500 whole leads fits
_OPTIONS: Final = (
    ("grpc.max_receive_message_length", _MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 2_000),
    ("grpc.service_config", '{"loadBalancingConfig": [{"round_robin": {}}]}'),
)


class Channels:
    """A channel an address, made when first needed."""

    def __init__(self, addresses: str | Sequence[str], tls: Tls) -> None:
        self._addresses = [addresses] if isinstance(addresses, str) else list(addresses)
        if not self._addresses:
            raise ValueError("there is no address")
        self._tls = tls
        self._made: dict[str, grpc.aio.Channel] = {}
        self._at = 0

    @property
    def current(self) -> grpc.aio.Channel:
        """The channel in use."""
        address = self._addresses[self._at]
        if address not in self._made:
            self._made[address] = _connect(address, self._tls)
        return self._made[address]

    def next(self, unreachable: grpc.aio.Channel) -> None:
        """Goes on to the next address, unless somebody has done so meanwhile."""
        if self.current is unreachable:
            self._at = (self._at + 1) % len(self._addresses)

    async def close(self) -> None:
        """Closes them all."""
        made, self._made = self._made, {}
        for channel in made.values():
            await channel.close()


def _connect(address: str, tls: Tls) -> grpc.aio.Channel:
    if tls is False:
        return grpc.aio.insecure_channel(address, options=_OPTIONS)
    if isinstance(tls, grpc.ChannelCredentials):
        return grpc.aio.secure_channel(address, tls, options=_OPTIONS)
    credentials = grpc.ssl_channel_credentials(tls if isinstance(tls, bytes) else None)
    return grpc.aio.secure_channel(address, credentials, options=_OPTIONS)
