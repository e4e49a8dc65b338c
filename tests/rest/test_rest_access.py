"""Who calls, from where: Basic, OAuth, proxies, other origins, rate limits."""

import base64
import ipaddress
from typing import Any

import grpc
import pytest

from adapters.rest.settings import Settings
from leadexchange.v1.access_service_pb2 import IssueTokenResponse, WhoAmIResponse
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

SETTINGS = Settings(trusted_proxies=(ipaddress.ip_network("127.0.0.0/8"),), cors_origins=("https://console.example",))
ULID = "01M884TMHDJ3CDSVTPK3ZQ07MT"
KEY = f"lx_{ULID}_secret"
ISSUE = "AccessService/IssueToken"
WHO = "AccessService/WhoAmI"
TLS = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.9, 198.51.100.7"}


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def test_basic_passes_the_key_on(api: Api, core: ScriptedCore) -> None:
    core.script(WHO, WhoAmIResponse())
    reply = await api("GET", "/whoami", key=None, headers=TLS | basic(f"key_{ULID}", KEY))
    assert reply.status == 200
    assert core.only.metadata["authorization"] == f"Bearer {KEY}"
    assert core.only.metadata["x-forwarded-for"] == "198.51.100.7"


@pytest.mark.parametrize(
    "headers",
    [
        basic(f"key_{ULID}", KEY),
        TLS | basic("key_other", KEY),
        TLS | basic(f"key_{ULID}", "lx_short"),
        TLS | {"Authorization": "Basic !!!"},
        TLS | {"Authorization": "Basic " + base64.b64encode(b"no colon").decode()},
        TLS | {"Authorization": "Digest x"},
    ],
    ids=["without TLS", "another user", "no key", "no base64", "no colon", "another scheme"],
)
async def test_basic_that_is_refused(api: Api, core: ScriptedCore, headers: dict[str, str]) -> None:
    reply = await api("GET", "/whoami", key=None, headers=headers)
    assert (reply.status, reply.json["reason"]) == (401, "UNAUTHENTICATED")
    assert core.calls == []


FORM = {"grant_type": "client_credentials", "client_id": f"key_{ULID}", "client_secret": KEY, "scope": "leads"}


@pytest.mark.parametrize("by_header", [True, False])
async def test_token(api: Api, core: ScriptedCore, by_header: bool) -> None:
    core.script(ISSUE, IssueTokenResponse(access_token="at", expires_in_s=900, scope="leads"))
    form = {name: value for name, value in FORM.items() if not (by_header and name.startswith("client"))}
    headers = TLS | (basic(f"key_{ULID}", KEY) if by_header else {})
    reply = await api("POST", "/oauth/token", key=None, data=form, headers=headers)
    assert reply.status == 200
    assert reply.json == {"access_token": "at", "token_type": "Bearer", "expires_in": 900, "scope": "leads"}
    assert (reply.headers["Cache-Control"], reply.headers["Pragma"]) == ("no-store", "no-cache")
    request = core.only.request
    assert (request.client_id, request.client_secret, request.scope) == (f"key_{ULID}", KEY, "leads")
    assert "authorization" not in core.only.metadata


@pytest.mark.parametrize(
    ("form", "headers", "status", "error"),
    [
        (FORM | {"grant_type": "password"}, {}, 400, "unsupported_grant_type"),
        ({"client_id": "a", "client_secret": "b"}, {}, 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, {}, 401, "invalid_client"),
        (FORM, basic("a", "b"), 400, "invalid_request"),
        ({"grant_type": "client_credentials"}, {"Authorization": "Basic !"}, 401, "invalid_client"),
        (b"grant_type=client_credentials&grant_type=x", {}, 400, "invalid_request"),
        (b"\xff=1", {}, 400, "invalid_request"),
    ],
)
async def test_token_that_is_refused(
    api: Api, core: ScriptedCore, form: Any, headers: dict[str, str], status: int, error: str
) -> None:
    media = {"Content-Type": "application/x-www-form-urlencoded"} if isinstance(form, bytes) else {}
    reply = await api("POST", "/oauth/token", key=None, data=form, headers=TLS | headers | media)
    assert (reply.status, reply.json["error"]) == (status, error)
    assert reply.headers["Cache-Control"] == "no-store"
    assert ("WWW-Authenticate" in reply.headers) == (status == 401)
    assert core.calls == []


async def test_tokens_need_tls(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/oauth/token", key=None, data=FORM)
    assert (reply.status, reply.json["error"]) == (400, "invalid_request")
    assert core.calls == []


@pytest.mark.parametrize(
    ("code", "fields", "status", "error"),
    [
        (grpc.StatusCode.UNAUTHENTICATED, None, 401, "invalid_client"),
        (grpc.StatusCode.INVALID_ARGUMENT, {"scope": "expected a scope, got another"}, 400, "invalid_scope"),
        (grpc.StatusCode.INVALID_ARGUMENT, {"client_id": "expected an id, got another"}, 400, "invalid_request"),
    ],
)
async def test_token_that_the_core_refuses(
    api: Api, core: ScriptedCore, code: grpc.StatusCode, fields: dict[str, str] | None, status: int, error: str
) -> None:
    core.refuse(ISSUE, code, "X", fields=fields)
    reply = await api("POST", "/oauth/token", key=None, data=FORM, headers=TLS)
    assert (reply.status, reply.json["error"]) == (status, error)


async def test_where_tokens_are_had(api: Api) -> None:
    reply = await api("GET", "/.well-known/oauth-authorization-server", key=None, headers=TLS)
    base = api.base.replace("http:", "https:")
    assert reply.json["issuer"] == base
    assert reply.json["token_endpoint"] == f"{base}/oauth/token"
    assert reply.json["grant_types_supported"] == ["client_credentials"]


async def test_listed_origin_may_ask_and_read(api: Api, core: ScriptedCore) -> None:
    headers = {"Origin": "https://console.example", "Access-Control-Request-Method": "PATCH"}
    asked = await api("OPTIONS", "/sources/ratewise", key=None, headers=headers)
    assert asked.status == 204
    assert asked.headers["Access-Control-Allow-Origin"] == "https://console.example"
    assert "PATCH" in asked.headers["Access-Control-Allow-Methods"]
    assert "If-Match" in asked.headers["Access-Control-Allow-Headers"]
    read = await api("GET", "/whoami", headers={"Origin": "https://console.example"})
    assert read.headers["Access-Control-Allow-Origin"] == "https://console.example"
    assert "Origin" in read.headers.getall("Vary")
    assert "ETag" in read.headers["Access-Control-Expose-Headers"]


async def test_other_origin_is_told_nothing(api: Api) -> None:
    headers = {"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    asked = await api("OPTIONS", "/whoami", key=None, headers=headers)
    assert (asked.status, "Access-Control-Allow-Origin" in asked.headers) == (405, False)
    read = await api("GET", "/whoami", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in read.headers


RATE = (
    ("x-ratelimit-limit", "600"),
    ("x-ratelimit-remaining", "599"),
    ("x-ratelimit-reset", "41"),
    ("x-ratelimit-policy", '"minute";q=600;w=60'),
)


async def test_rate_limit_is_told(api: Api, core: ScriptedCore) -> None:
    core.initial = RATE
    headers = (await api("GET", "/whoami")).headers
    assert [headers[f"X-RateLimit-{name}"] for name in ("Limit", "Remaining", "Reset")] == ["600", "599", "41"]
    assert headers["RateLimit-Policy"] == '"minute";q=600;w=60'
    assert headers["RateLimit"] == '"minute";r=599;t=41'


async def test_rate_limit_that_is_used_up(api: Api, core: ScriptedCore) -> None:
    core.initial = RATE
    core.refuse(WHO, grpc.StatusCode.RESOURCE_EXHAUSTED, "RATE_LIMITED", retry_ms=12_000)
    reply = await api("GET", "/whoami")
    assert (reply.status, reply.json["reason"], reply.headers["Retry-After"]) == (429, "RATE_LIMITED", "12")
    assert reply.headers["X-RateLimit-Limit"] == "600"
