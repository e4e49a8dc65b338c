"""Where an adapter may connect to (requirement B6): no buyer's URL reaches inside the operator's network.

Ranges: IANA's IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), written out here because
the standard library's idea of "global" differs between Python versions. A name is looked up once and every address
that it gives is checked; the addresses checked are the ones dialled, so a second look-up cannot swap them.
"""

import asyncio
import re
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

AddressInfo = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]
"""As `getaddrinfo` gives it."""

_MAX_URL_CHARS: Final = 2_048
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")  # a name as DNS has it, or an address; no zone

_INNER_V4: Final = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # shared by carriers; some clouds' metadata
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # a cloud's host agent, on an address that is otherwise public
        "169.254.0.0/16",  # link-local; most clouds' metadata
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarks
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
_PUBLIC_V6: Final = ip_network("2000::/3")  # all that is assigned as global unicast
_INNER_V6: Final = tuple(
    ip_network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo among them
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4: wraps any IPv4 address
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
_NAT64: Final = ip_network("64:ff9b::/96")  # RFC 6052: how a host without IPv4 reaches it


class EgressError(OSError):
    """A URL or an address that must not be called; the message says why."""


def is_public(address: str) -> bool:
    """Whether a numeric address is one on the public internet; what wraps an IPv4 address is judged by that."""
    ip = ip_address(address)
    if isinstance(ip, IPv6Address):
        if ip.ipv4_mapped is not None:
            ip = ip.ipv4_mapped
        elif ip in _NAT64:
            ip = IPv4Address(int(ip) & 0xFFFF_FFFF)
        else:
            return ip in _PUBLIC_V6 and not any(ip in network for network in _INNER_V6)
    return not any(ip in network for network in _INNER_V4)


def permitted(url: str, *, development: bool) -> URL:
    """The URL, parsed; raises EgressError unless it is HTTPS (or HTTP, in development) to a host that may be public."""
    if len(url) > _MAX_URL_CHARS:
        raise EgressError("the URL is too long")
    if not url.isprintable() or " " in url or "\\" in url:  # parsers disagree about what these mean
        raise EgressError("the URL cannot be read")
    try:
        parsed = URL(url)
        port = parsed.port
    except ValueError:
        raise EgressError("the URL cannot be read") from None
    if parsed.scheme not in ("https", "http") or not _HOST.fullmatch(parsed.raw_host or "") or not port:
        raise EgressError("the URL is not an HTTPS URL")
    if parsed.scheme == "http" and not development:
        raise EgressError("the URL is not HTTPS")
    if parsed.raw_user is not None or parsed.raw_password is not None:
        raise EgressError("the URL holds credentials; they belong in a header")
    if not development:
        _refuse_inner(parsed.raw_host or "", literal_only=True)
    return parsed


async def resolve(host: str, port: int, *, development: bool, family: int = socket.AF_UNSPEC) -> list[AddressInfo]:
    """A host's addresses, to be dialled as they are; raises EgressError when one is not public, OSError without any."""
    try:
        infos = await asyncio.get_running_loop().getaddrinfo(
            host, port, family=family, type=socket.SOCK_STREAM, proto=socket.IPPROTO_TCP
        )
    except UnicodeError:
        raise EgressError(f"{host} is no host name") from None
    found: list[AddressInfo] = [info for info in infos if info[0] in (socket.AF_INET, socket.AF_INET6)]  # type: ignore[misc]
    if not development:
        for info in found:
            _refuse_inner(info[4][0])
    return found


def _refuse_inner(host: str, *, literal_only: bool = False) -> None:
    try:
        public = is_public(host)
    except ValueError:
        public = literal_only  # a name: judged when it is looked up
    if not public:
        raise EgressError(f"{host} is not a public address")


class PublicResolver(AbstractResolver):
    """`resolve` for aiohttp. It asks no resolver about numeric hosts: `permitted` has judged those."""

    def __init__(self, *, development: bool) -> None:
        self._development = development

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """As aiohttp asks for it."""
        infos = await resolve(host, port, development=self._development, family=family)
        return [
            ResolveResult(
                hostname=host,
                host=info[4][0],
                port=port,
                family=info[0],
                proto=info[2],
                flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            )
            for info in infos
        ]

    async def close(self) -> None:
        """Nothing to close."""
