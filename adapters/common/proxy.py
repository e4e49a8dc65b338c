"""A forward proxy: tunnels by HTTP CONNECT (RFC 9110, 9.3.6), for networks whose only way out it is."""

import asyncio
import base64
import socket
from typing import Final, Self

import msgspec
from aiohappyeyeballs import start_connection
from yarl import URL

from adapters.common.names import system

_MAX_ANSWER_BYTES: Final = 16 * 1024
_CHUNK_BYTES: Final = 4_096


class ProxyError(OSError):
    """The proxy did not open a tunnel; the message says why."""


class Proxy(msgspec.Struct, frozen=True):
    """Where it is; the operator's choice, and so not checked."""

    host: str
    port: int
    authorization: str = ""
    """The value of Proxy-Authorization."""

    @classmethod
    def parse(cls, url: str) -> Self:
        """From `http://[user:password@]host:port`. Raises ValueError, which does not quote what may hold a password."""
        expected = "expected http://host:port, or http://user:password@host:port"
        try:
            parsed = URL(url)
            host, port = parsed.host, parsed.explicit_port
        except ValueError:
            raise ValueError(expected) from None
        if host is None or port is None or parsed.scheme != "http" or parsed.raw_path_qs not in ("", "/"):
            raise ValueError(expected)
        if parsed.user is None:
            return cls(host, port)
        basic = base64.b64encode(f"{parsed.user}:{parsed.password or ''}".encode()).decode()
        return cls(host, port, f"Basic {basic}")


async def tunnel(proxy: Proxy, address: str, port: int) -> socket.socket:
    """A socket that the proxy has connected to a numeric address. Raises OSError."""
    loop = asyncio.get_running_loop()
    infos = await loop.run_in_executor(None, system, proxy.host, proxy.port)
    sock = await start_connection(infos)
    try:
        target = f"[{address}]:{port}" if ":" in address else f"{address}:{port}"
        request = f"CONNECT {target} HTTP/1.1\r\nhost: {target}\r\n"
        if proxy.authorization:
            request += f"proxy-authorization: {proxy.authorization}\r\n"
        await loop.sock_sendall(sock, f"{request}\r\n".encode())
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):  # nothing follows: the other side waits for us to speak first
            chunk = await loop.sock_recv(sock, _CHUNK_BYTES)
            answer += chunk
            if not chunk or len(answer) > _MAX_ANSWER_BYTES:
                raise ProxyError("the proxy gave no answer that can be read")
        status = answer[:12].partition(b" ")[2]
        if not status.startswith(b"2"):
            raise ProxyError(f"the proxy answered {status.decode(errors='replace')}")
    except BaseException:
        sock.close()
        raise
    return sock
