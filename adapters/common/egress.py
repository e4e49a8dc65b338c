"""Where an adapter may connect to (requirement B6): no buyer's URL reaches inside the operator's network.

A name is looked up once and every address that it gives is checked; the addresses checked are the ones dialled, so a
second look-up cannot swap them. Settings:

- `EXCHANGE_DEVELOPMENT`: `1` allows plain HTTP and any address. For development only.
- `EXCHANGE_EGRESS_ALLOW`: CIDR ranges, separated by commas, that may be called though they are not public.
- `EXCHANGE_EGRESS_PROXY`: `http://[user:password@]host:port` of a forward proxy that tunnels by CONNECT.
"""

import re
import socket
from ipaddress import ip_address, ip_network
from typing import Final

from aiohappyeyeballs import start_connection
from yarl import URL

from adapters.common.addresses import Network, is_public, within
from adapters.common.names import AddressInfo, Names
from adapters.common.process import SettingError, development, setting
from adapters.common.proxy import Proxy, tunnel

_HAPPY_EYEBALLS_S: Final = 0.25  # RFC 8305, 5
_MAX_URL_CHARS: Final = 2_048
_MAX_TUNNELS: Final = 4  # addresses tried through a proxy, one after the other
_HOST: Final = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]+")  # a name as DNS has it, or an address; no zone
_NUMBER: Final = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)\.?")  # a last label that makes a name an IPv4 address (WHATWG)


class EgressError(OSError):
    """A URL or an address that must not be called; the message says why."""


class Egress:
    """The rules, and the way out."""

    def __init__(
        self,
        *,
        development: bool = False,
        allowed: tuple[Network, ...] = (),
        proxy: Proxy | None = None,
        names: Names | None = None,
    ) -> None:
        """`allowed` are networks that may be called though they are not public."""
        self._development = development
        self._allowed = allowed
        self._proxy = proxy
        self._names = names or Names()

    def permitted(self, url: str) -> URL:
        """The URL, parsed; raises EgressError for one that must not be called. A name is judged when it is dialled.

        Only HTTPS may be called, in development HTTP too.
        """
        if len(url) > _MAX_URL_CHARS:
            raise EgressError("the URL is too long")
        if not url.isprintable() or " " in url or "\\" in url:  # parsers disagree about what these mean
            raise EgressError("the URL cannot be read")
        try:
            parsed = URL(url)
            port = parsed.port
        except ValueError:
            raise EgressError("the URL cannot be read") from None
        host = parsed.raw_host or ""
        if parsed.scheme not in ("https", "http") or not _HOST.fullmatch(host) or not port:
            raise EgressError("the URL is not an HTTPS URL")
        if parsed.scheme == "http" and not self._development:
            raise EgressError("the URL is not HTTPS")
        if parsed.raw_user is not None or parsed.raw_password is not None:
            raise EgressError("the URL holds credentials; they belong in a header")
        if is_numeric(host):
            self._check(host)
        return parsed

    async def resolve(self, host: str, port: int) -> list[AddressInfo]:
        """A host's addresses. Raises EgressError when one of them must not be called, OSError when there are none."""
        found = await self._names.find(host, port)
        for info in found:
            self._check(info[4][0])
        if not found:
            raise OSError(f"{host} has no address")
        return found

    async def dial(self, host: str, port: int) -> socket.socket:
        """A socket connected to a host, through the proxy if there is one. Raises EgressError and OSError."""
        infos = await self.resolve(host, port)
        if self._proxy is None:
            return await start_connection(infos, happy_eyeballs_delay=_HAPPY_EYEBALLS_S)
        failure = OSError("no address was tried")
        for info in infos[:_MAX_TUNNELS]:
            try:
                return await tunnel(self._proxy, info[4][0], port)
            except OSError as error:
                failure = error
        raise failure

    def _check(self, address: str) -> None:
        if not self._development and not is_public(address) and not within(address, self._allowed):
            raise EgressError(f"{address} is not a public address")


def is_numeric(host: str) -> bool:
    """Whether a host is a numeric address; raises EgressError for one that only some readers take for one.

    2130706433, 0x7f000001, 017700000001 and 127.1 are all 127.0.0.1 to a resolver.
    """
    if ":" not in host and not _NUMBER.fullmatch(host):
        return False
    try:
        ip_address(host)
    except ValueError:
        raise EgressError("the host is neither a name nor an address") from None
    return True


def from_settings() -> Egress:
    """The rules that the operator has set. Raises SettingError."""
    allowed: list[Network] = []
    for text in filter(None, setting("EXCHANGE_EGRESS_ALLOW", "").replace(" ", "").split(",")):
        try:
            allowed.append(ip_network(text))
        except ValueError:
            raise SettingError(
                f"EXCHANGE_EGRESS_ALLOW has {text!r}, expected CIDR ranges such as 10.1.0.0/16"
            ) from None
    proxy = setting("EXCHANGE_EGRESS_PROXY", "")
    try:
        return Egress(development=development(), allowed=tuple(allowed), proxy=Proxy.parse(proxy) if proxy else None)
    except ValueError as error:
        raise SettingError(f"EXCHANGE_EGRESS_PROXY: {error}") from None
