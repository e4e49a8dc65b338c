"""Deliveries by mail, for endpoints that are mailboxes and for the fallback of those that are not.

Settings:

- `EXCHANGE_SMTP_URL`, or the file that `EXCHANGE_SMTP_URL_FILE` names: `smtps://user:password@host:465` for TLS,
  `smtp+starttls://user:password@host:587`, or `smtp://host:25` in the clear and without a login, for a relay on the
  operator's own network. Percent-encoded. Without it nothing is sent by mail.
- `EXCHANGE_SMTP_FROM`: the sender's address, `leads@exchange.example` or `Lead Exchange <leads@exchange.example>`.
"""

import asyncio
import re
import ssl
from email.headerregistry import Address
from email.utils import parseaddr
from typing import Final, Self
from urllib.parse import unquote, urlsplit

import aiosmtplib
import msgspec

from adapters.common.process import SettingError, setting
from adapters.webhooks.content import Content
from adapters.webhooks.letter import letter
from leadexchange.v1.delivery_pb2 import Delivery

TIMEOUT_S: Final = 10.0
MAX_AT_ONCE: Final = 8  # connections that a mail server takes from one client without complaint
_DELIVERED: Final = 250  # SMTP's own code, RFC 5321, 4.2.2; a report takes it as it takes HTTP's
_PORTS: Final = {"smtps": 465, "smtp+starttls": 587, "smtp": 25}
_ADDRESS: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9.-]{1,255}")
_MAX_REPLY_CHARS: Final = 200


class MailError(Exception):
    """The mail was not taken; the message says why and quotes no password."""


class SmtpServer(msgspec.Struct, frozen=True):
    """Where mail is handed over; the operator's choice, and so not checked by egress."""

    scheme: str
    host: str
    port: int
    user: str
    password: str

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises ValueError, which does not quote what may hold a password."""
        expected = "expected smtps://user:password@host:port or smtp+starttls://user:password@host:port"
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ValueError(expected) from None
        if parts.scheme not in _PORTS or not parts.hostname or parts.path not in ("", "/"):
            raise ValueError(expected)
        user, password = unquote(parts.username or ""), unquote(parts.password or "")
        if user and parts.scheme == "smtp":
            raise ValueError(f"a password would be sent in the clear: {expected}")
        return cls(parts.scheme, parts.hostname, port or _PORTS[parts.scheme], user, password)


class Mailer:
    """Hands mails to one server, a few at once."""

    def __init__(self, server: SmtpServer, sender: Address) -> None:
        self._server = server
        self._sender = sender
        self._turns = asyncio.Semaphore(MAX_AT_ONCE)
        self._trusting = ssl.create_default_context()

    async def send(self, delivery: Delivery, content: Content) -> int:
        """Sends a delivery; the server's code. Raises MailError."""
        recipient = mailbox(delivery.url)
        message = letter(delivery, content, self._sender, recipient)
        server = self._server
        try:
            async with asyncio.timeout(TIMEOUT_S), self._turns:
                await aiosmtplib.send(
                    message,
                    sender=self._sender.addr_spec,
                    recipients=[recipient],
                    hostname=server.host,
                    port=server.port,
                    username=server.user or None,
                    password=server.password or None,
                    use_tls=server.scheme == "smtps",
                    start_tls=server.scheme == "smtp+starttls",
                    tls_context=None if server.scheme == "smtp" else self._trusting,
                    timeout=TIMEOUT_S,
                )
        except TimeoutError:
            raise MailError("the mail server did not answer in time") from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            raise MailError(_reply(error.recipients[0], recipient)) from None
        except aiosmtplib.SMTPResponseException as error:
            raise MailError(_reply(error, recipient)) from None
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            raise MailError(f"the mail server could not be used: {type(error).__name__}") from None
        return _DELIVERED


def mailbox(url: str) -> str:
    """The one address of a mailto: URL (RFC 6068). Raises MailError for several, and for one that brings headers."""
    address = unquote(url.removeprefix("mailto:"))
    if not _ADDRESS.fullmatch(address):
        raise MailError("the mailto: URL is not one plain address")
    return address


def from_settings() -> Mailer | None:
    """The mailer that the operator has set up, if any. Raises SettingError."""
    url = setting("EXCHANGE_SMTP_URL", "")
    if not url:
        return None
    name, address = parseaddr(setting("EXCHANGE_SMTP_FROM"))
    if not _ADDRESS.fullmatch(address):
        raise SettingError("EXCHANGE_SMTP_FROM is no address, expected leads@exchange.example")
    try:
        return Mailer(SmtpServer.parse(url), Address(name, addr_spec=address))
    except ValueError as error:
        raise SettingError(f"EXCHANGE_SMTP_URL: {error}") from None


def _reply(refused: aiosmtplib.SMTPResponseException, recipient: str) -> str:
    """What the server said, in one line and without the address."""
    text = " ".join(refused.message.split()).replace(recipient, "…")
    return f"{refused.code} {text}"[:_MAX_REPLY_CHARS]
