"""Connections to subscribers' endpoints, made as egress allows, with a client certificate where one is wanted."""

import asyncio
import os
import ssl
from contextvars import ContextVar
from typing import Final

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.client_reqrep import ClientRequest
from aiohttp.tracing import Trace

from adapters.common.egress import Egress

DIALLED: Final[ContextVar[bool]] = ContextVar("DIALLED")
"""Whether a request has dialled, instead of being handed a kept connection; for the task that makes it."""


class EgressConnector(aiohttp.BaseConnector):
    """aiohttp's pool over `Egress.dial`: the addresses that were checked are the ones dialled."""

    def __init__(self, egress: Egress, *, limit: int, keepalive_timeout: float) -> None:
        super().__init__(limit=limit, keepalive_timeout=keepalive_timeout)
        self._egress = egress
        self._trusting = ssl.create_default_context()

    async def _create_connection(
        self,
        req: ClientRequest,
        traces: list[Trace],
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - aiohttp's; each attempt has its own around it
    ) -> ResponseHandler:
        host, port = req.url.raw_host, req.url.port
        DIALLED.set(True)
        assert host
        assert port
        sock = await self._egress.dial(host, port)
        try:
            _, protocol = await asyncio.get_running_loop().create_connection(
                self._factory,
                sock=sock,
                ssl=self._context(req),
                server_hostname=host.rstrip(".") if req.is_ssl() else None,
            )
        except BaseException as error:
            sock.close()
            if req.is_ssl() and isinstance(error, ConnectionError):  # some refuse a handshake by hanging up
                raise ssl.SSLError("the connection ended in the handshake") from error
            raise
        return protocol

    def _context(self, req: ClientRequest) -> ssl.SSLContext | None:
        if not req.is_ssl():
            return None
        return req.ssl if isinstance(req.ssl, ssl.SSLContext) else self._trusting


def client_context(certificate_pem: str, private_key_pem: str) -> ssl.SSLContext:
    """Trusts as everything does, and shows a client certificate. It blocks for some 20 ms.

    Raises ValueError for what is no certificate with its key. The key is in no file: OpenSSL reads it from memory.
    """
    context = ssl.create_default_context()
    memory = os.memfd_create("client", os.MFD_CLOEXEC)
    try:
        with os.fdopen(os.dup(memory), "w", encoding="ascii", errors="strict") as file:
            file.write(f"{private_key_pem}\n{certificate_pem}\n")
        # A passphrase is never asked for on a terminal.
        context.load_cert_chain(f"/proc/self/fd/{memory}", password="")
    except (ssl.SSLError, UnicodeEncodeError):
        raise ValueError("the client certificate and its private key cannot be used") from None
    finally:
        os.close(memory)
    return context
