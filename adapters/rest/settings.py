"""What an operator can set of this adapter."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Final, TypeVar

from aiohttp import web

from adapters.common.process import SettingError, development, setting

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the adapter as a whole goes by."""

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Whose X-Forwarded-Proto and X-Forwarded-For count."""
    cors_origins: tuple[str, ...] = ()
    """Web pages that may call from a browser; "*" is all."""
    public_url: str = ""
    """How callers reach this adapter, without a path; from the request where it is not set."""
    development: bool = False
    """Basic and OAuth over plain HTTP are let pass."""

    def trusts(self, peer: str | None) -> bool:
        """Whether a peer is one of the trusted proxies."""
        try:
            address = ip_address(peer or "")
        except ValueError:
            return False
        return any(address in network for network in self.trusted_proxies)

    def secure(self, request: web.Request) -> bool:
        """Whether the caller's credentials came encrypted."""
        if request.secure or self.development:
            return True
        return self.trusts(request.remote) and request.headers.get("X-Forwarded-Proto", "").lower() == "https"

    def caller_address(self, request: web.Request) -> str:
        """Whence the call came: the last address that a trusted proxy did not add itself."""
        hops = [hop.strip() for hop in request.headers.get("X-Forwarded-For", "").split(",") if hop.strip()]
        peer = request.remote or ""
        while hops and self.trusts(peer):
            peer = hops.pop()
        return peer

    def base_url(self, request: web.Request) -> str:
        """This adapter's URL as callers write it."""
        if self.public_url:
            return self.public_url
        forwarded = self.trusts(request.remote) and request.headers.get("X-Forwarded-Proto", "").lower() == "https"
        return f"{'https' if forwarded or request.secure else 'http'}://{request.host}"


SETTINGS: Final = web.AppKey("settings", Settings)


def read_settings() -> Settings:
    """The settings from the environment; raises SettingError for one that cannot be used."""
    return Settings(
        trusted_proxies=_each("EXCHANGE_REST_TRUSTED_PROXIES", ip_network),
        cors_origins=_each("EXCHANGE_REST_CORS_ORIGINS", str),
        public_url=setting("EXCHANGE_REST_PUBLIC_URL", "").rstrip("/"),
        development=development(),
    )


def _each(name: str, read: Callable[[str], T]) -> tuple[T, ...]:
    try:
        return tuple(read(item.strip()) for item in setting(name, "").split(",") if item.strip())
    except ValueError as error:
        raise SettingError(f"{name}: {error}") from None


def tls() -> ssl.SSLContext | None:
    """The TLS context, from the paths of a certificate chain and its key; None to serve plain HTTP."""
    chain = setting("EXCHANGE_REST_TLS_CERTIFICATE", "")
    key = setting("EXCHANGE_REST_TLS_KEY", "")
    if not chain and not key:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(chain, key or None)
    except (OSError, ssl.SSLError) as error:
        raise SettingError(f"EXCHANGE_REST_TLS_CERTIFICATE, EXCHANGE_REST_TLS_KEY: {error.strerror or error}") from None
    return context
