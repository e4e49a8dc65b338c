"""OAuth 2.0 client credentials (RFC 6749, 4.4): a key becomes a token that expires, by the core."""

from typing import Any, Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec
from aiohttp import web

from adapters.rest.caller import stranger
from adapters.rest.contract import rpc
from adapters.rest.core import CORE
from adapters.rest.credentials import basic
from adapters.rest.handlers.answers import respond
from adapters.rest.operation import FOR_AN_HOUR, Operation
from adapters.rest.problems import Problem
from adapters.rest.reading import read_bytes
from adapters.rest.settings import SETTINGS
from adapters.rest.shapes.access import SCOPES, Token, TokenError

_ISSUE: Final = rpc("AccessService/IssueToken")
_FORM: Final = "application/x-www-form-urlencoded"
_MOST_FIELDS: Final = 16
_GRANT: Final = "client_credentials"
_TOKEN_PATH: Final = "/oauth/token"  # noqa: S105 — a path


class _Refused(Exception):
    """Why there is no token."""

    def __init__(self, error: str, description: str, status: int = 400) -> None:
        super().__init__(error)
        self.error = TokenError(error, description)
        self.status = status


class TokenRequest(msgspec.Struct):
    """The form that asks for a token."""

    grant_type: str
    """`client_credentials`."""
    client_id: str = ""
    """A key's id, unless Basic has it."""
    client_secret: str = ""
    """The key itself, unless Basic has it."""
    scope: str = ""
    """Space-separated, a part of what the key may do; all of it unless given."""


class Metadata(msgspec.Struct):
    """How tokens are had (RFC 8414)."""

    issuer: str
    """This exchange."""
    token_endpoint: str
    """Where tokens are had."""
    grant_types_supported: list[str]
    """Client credentials."""
    token_endpoint_auth_methods_supported: list[str]
    """How a client shows who it is."""
    scopes_supported: list[str]
    """What a token may do."""
    response_types_supported: list[str]
    """None: there is no authorisation endpoint."""
    service_documentation: str
    """For people."""


async def token(request: web.Request) -> web.Response:
    """A token for a key."""
    try:
        form = await _form(request)
        client_id, secret = _client(request, form)
        if form.get("grant_type", "") != _GRANT:
            missing = "grant_type" not in form
            raise _Refused("invalid_request" if missing else "unsupported_grant_type", f"grant_type must be {_GRANT}")
        message: Any = _ISSUE.ask(client_id=client_id, client_secret=secret, scope=form.get("scope", ""))
        response = await _issue(request, message)
    except _Refused as refused:
        response = respond(request, refused.error, refused.status)
        if refused.status == 401:
            response.headers["WWW-Authenticate"] = 'Basic realm="leadexchange"'
    response.headers["Pragma"] = "no-cache"  # RFC 6749, 5.1
    return response


async def _issue(request: web.Request, message: Any) -> web.Response:
    try:
        answer = await request.app[CORE].call(_ISSUE, message, stranger(request))
    except Problem as problem:
        if problem.status in (401, 403, 404):
            raise _Refused("invalid_client", "the client is unknown, or its secret is not this", 401) from None
        if problem.status == 422:
            about_scope = any(violation.field == "scope" for violation in problem.errors)
            raise _Refused("invalid_scope" if about_scope else "invalid_request", problem.detail) from None
        raise
    return respond(request, Token(answer.access_token, "Bearer", answer.expires_in_s, answer.scope))


async def _form(request: web.Request) -> dict[str, str]:
    if not request.app[SETTINGS].secure(request):
        raise _Refused("invalid_request", "tokens are given over TLS only")
    if request.content_type != _FORM:
        raise _Refused("invalid_request", f"the body must be {_FORM}")
    try:
        text = (await read_bytes(request)).decode()
        fields = parse_qsl(text, keep_blank_values=True, strict_parsing=bool(text), max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise _Refused("invalid_request", "the body is no form") from None
    form = dict(fields)
    if len(form) != len(fields):
        raise _Refused("invalid_request", "a parameter is given twice")
    return form


def _client(request: web.Request, form: dict[str, str]) -> tuple[str, str]:
    """The client's id and secret, from the header or the body, never both (RFC 6749, 2.3)."""
    scheme, _, encoded = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if "client_secret" in form:
            raise _Refused("invalid_request", "the client authenticates in two ways")
        try:
            user, password = basic(encoded if scheme.lower() == "basic" else "")
        except Problem:
            raise _Refused("invalid_client", "the credential cannot be read", 401) from None
        return unquote_plus(user), unquote_plus(password)
    if not form.get("client_id") or not form.get("client_secret"):
        raise _Refused("invalid_client", "client_id and client_secret are missing", 401)
    return form["client_id"], form["client_secret"]


async def metadata(request: web.Request) -> web.Response:
    """Where tokens are had."""
    base = request.app[SETTINGS].base_url(request)
    found = Metadata(
        issuer=base,
        token_endpoint=base + _TOKEN_PATH,
        grant_types_supported=[_GRANT],
        token_endpoint_auth_methods_supported=["client_secret_basic", "client_secret_post"],
        scopes_supported=list(SCOPES),
        response_types_supported=[],
        service_documentation=base + "/api/v1/docs",
    )
    return respond(request, found)


OPERATIONS: Final = (
    Operation(
        *("POST", _TOKEN_PATH, "issueToken", "A token that expires, for a key", token, "OAuth"),
        body=TokenRequest,
        body_media=(_FORM,),
        answer=Token,
        public=True,
        prefix="",
        description="The client is a key: its id, and the key as the secret, by Basic or in the form.",
    ),
    Operation(
        *("GET", "/.well-known/oauth-authorization-server", "oauthMetadata", "How tokens are had", metadata, "OAuth"),
        answer=Metadata,
        public=True,
        prefix="",
        cache=FOR_AN_HOUR,
    ),
)
