"""The process: listens, serves until told to stop, then finishes what is open.

Settings beside those of `adapters.common.process`:

- `EXCHANGE_SOAP_LISTEN`: `host:port` to listen on; port 0 takes a free one. Defaults to `127.0.0.1:8081`.
- `EXCHANGE_SOAP_PUBLIC_URL`: how callers reach it, such as `https://soap.example.com`; the WSDL names it. Defaults to
  what they ask for. With https, a proxy ends TLS, and keys in clear are taken from it without.
- `EXCHANGE_SOAP_TLS_CERTIFICATE`, `EXCHANGE_SOAP_TLS_KEY`: files (PEM) with which to serve TLS.
"""

import asyncio
import logging
import ssl
from typing import Final

from aiohttp.http_exceptions import HttpProcessingError

from adapters.common import cores, listening
from adapters.common.balanced import Balanced
from adapters.common.listening import Listen
from adapters.common.process import SettingError, development, ready, setting
from adapters.soap.core import Core
from adapters.soap.service import PATH, Endpoint

_FINISH_S: Final = 11.0  # the longest budget that a submission may ask for, and its call's margin


async def serve(stopping: asyncio.Event) -> None:
    """Serves until the event is set; raises SettingError for an address or a certificate that cannot be used."""
    tls = _tls(setting("EXCHANGE_SOAP_TLS_CERTIFICATE", ""), setting("EXCHANGE_SOAP_TLS_KEY", ""))
    listen = Listen("EXCHANGE_SOAP_LISTEN", "127.0.0.1:8081", tls)
    url = setting("EXCHANGE_SOAP_PUBLIC_URL", "").rstrip("/")
    channel = await Balanced.over(cores.from_settings())
    endpoint = Endpoint(Core(channel), url=url and url + PATH, plain=development() or url.startswith("https://"))
    try:
        await listening.serve(
            endpoint.application(),
            listen,
            stopping,
            on_ready=lambda base: ready("soap", base + PATH),
            finish_s=_FINISH_S,
            log=SERVER_LOG,
        )
    finally:
        await channel.close()


def _tls(certificate: str, key: str) -> ssl.SSLContext | None:
    if not certificate and not key:
        return None
    if not certificate or not key:
        raise SettingError("EXCHANGE_SOAP_TLS_CERTIFICATE and EXCHANGE_SOAP_TLS_KEY go together")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(f"EXCHANGE_SOAP_TLS_CERTIFICATE, EXCHANGE_SOAP_TLS_KEY: {error}") from None
    return context


class _ServerLog(logging.Filter):
    """What aiohttp logs by itself: faults without their contents, and nothing of a caller that speaks no HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether to log a record; takes the contents out of it."""
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            record.msg, record.args, record.exc_info = "a connection failed: %s", (type(error).__name__,), None
        return not isinstance(error, HttpProcessingError)


SERVER_LOG: Final = logging.getLogger("adapters.soap.server")
SERVER_LOG.addFilter(_ServerLog())
