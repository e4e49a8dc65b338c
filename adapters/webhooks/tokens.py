"""OAuth 2.0 access tokens by client credentials (RFC 6749, 4.4): kept while they last, fetched once for all."""

import asyncio
import base64
import time
from typing import Final
from urllib.parse import quote_plus

import aiohttp
import msgspec

from adapters.common.egress import Egress
from leadexchange.v1.endpoint_pb2 import OAuthClient

_MAX_ANSWER_BYTES: Final = 64 * 1024
_MAX_TOKEN_CHARS: Final = 8_192
_DEFAULT_S: Final = 300  # of a token whose answer does not say how long it lasts
_MAX_S: Final = 86_400
_MARGIN_S: Final = 30.0  # a token is not used in its last seconds, or in the last tenth of a short life
_MARGIN_SHARE: Final = 0.1


class CredentialsError(Exception):
    """There is no way to show the endpoint who we are; the message says why and quotes no secret."""


class _Answer(msgspec.Struct):
    """RFC 6749, 5.1."""

    access_token: str
    token_type: str = "Bearer"  # noqa: S105
    expires_in: float | None = None


class Tokens:
    """The tokens of one client."""

    def __init__(self, client: OAuthClient, session: aiohttp.ClientSession, egress: Egress, timeout_s: float) -> None:
        self._client = client
        self._session = session
        self._egress = egress
        self._timeout_s = timeout_s
        self._token = ""
        self._until = 0.0
        self._fetching: asyncio.Task[str] | None = None

    async def current(self) -> str:
        """A token that is good for a while. Raises CredentialsError."""
        if self._token and time.monotonic() < self._until:
            return self._token
        if self._fetching is None:
            self._fetching = asyncio.create_task(self._fetch())
            self._fetching.add_done_callback(self._fetched)
        return await asyncio.shield(self._fetching)  # who gives up leaves the others waiting

    def drop(self, token: str) -> None:
        """The endpoint does not take it any more; one that came since is kept."""
        if token == self._token:
            self._token = ""

    def _fetched(self, fetching: asyncio.Task[str]) -> None:
        self._fetching = None
        if not fetching.cancelled():
            fetching.exception()  # nobody may be left to ask

    async def _fetch(self) -> str:
        asked = time.monotonic()
        try:
            async with asyncio.timeout(self._timeout_s):
                status, body = await self._ask()
        except TimeoutError:
            raise CredentialsError("the token endpoint did not answer in time") from None
        except (OSError, aiohttp.ClientError, ValueError) as error:
            raise CredentialsError(f"the token endpoint could not be asked: {type(error).__name__}") from None
        if status != 200:
            raise CredentialsError(f"the token endpoint answered with status {status}")
        try:
            answer = msgspec.json.decode(body, type=_Answer, strict=False)  # some write numbers as text
        except msgspec.DecodeError:
            raise CredentialsError("the token endpoint's answer is no token") from None
        token = answer.access_token
        if answer.token_type.lower() != "bearer" or not 0 < len(token) <= _MAX_TOKEN_CHARS or not _is_plain(token):
            raise CredentialsError("the token endpoint's answer is no bearer token")
        lasts_s = min(_DEFAULT_S if answer.expires_in is None else answer.expires_in, _MAX_S)
        self._token = token
        self._until = asked + lasts_s - min(_MARGIN_S, lasts_s * _MARGIN_SHARE)
        return token

    async def _ask(self) -> tuple[int, bytes]:
        client = self._client
        url = self._egress.permitted(client.token_url)
        form = {"grant_type": "client_credentials"} | ({"scope": client.scope} if client.scope else {})
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.client_secret)}"  # RFC 6749, 2.3.1
        headers = {
            "authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "accept": "application/json",
        }
        async with self._session.post(url, data=form, headers=headers, allow_redirects=False) as answer:
            body = bytearray()
            while chunk := await answer.content.readany():
                body += chunk
                if len(body) > _MAX_ANSWER_BYTES:
                    raise ValueError("the answer is too long")
            return answer.status, bytes(body)


def _is_plain(token: str) -> bool:
    return token.isascii() and token.isprintable() and " " not in token
