"""Whatever is sent, nothing of it is a fault of the adapter (no 5xx)."""

from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.rest.scripted_core import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

# `served` lives as long as the module; what differs between examples is only what is sent.
few = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

texts = st.text(max_size=12)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=10,
)
KEYS = {
    "/leads": ("external_id", "vertical", "source", "attributes", "contact", "consent", "test", "budget_ms"),
    "/pings": ("vertical", "attributes", "consent", "test", "budget_ms"),
    "/pings/auc_1/post": ("contact", "consent", "attributes"),
    "/sources": ("id", "display_name", "state", "floor", "payout_bps", "revision", "created_at"),
    "/buyers": ("id", "display_name", "time_zone"),
    "/endpoints": ("owner_id", "url", "event_types"),
    "/campaigns": ("targeting", "bidding", "posting", "schedule", "caps", "completion", "max_bid", "priority"),
    "/keys": ("role", "party_id", "label", "expires_at"),
}
PROBLEM = "application/problem+json"


@st.composite
def bodies(draw: st.DrawFn) -> tuple[str, Any]:
    """A path, and JSON that is nearly what it takes."""
    path = draw(st.sampled_from(sorted(KEYS)))
    near = st.fixed_dictionaries({}, optional=dict.fromkeys(KEYS[path], json_values))
    return path, draw(near | json_values)


@few
@given(bodies())
async def test_any_json(served: Api, sent: tuple[str, Any]) -> None:
    path, body = sent
    reply = await served("POST", path, data=msgspec.json.encode(body), headers={"Content-Type": "application/json"})
    assert reply.status in (201, 422)
    assert reply.status == 201 or reply.headers["Content-Type"] == PROBLEM


@few
@given(st.sampled_from(sorted(KEYS)), st.binary(max_size=40))
async def test_any_bytes(served: Api, path: str, body: bytes) -> None:
    reply = await served("POST", path, data=body, headers={"Content-Type": "application/json"})
    assert reply.status in (201, 400, 422)


@few
@given(st.dictionaries(st.sampled_from(["limit", "cursor", "status", "state", "from", "until", "x"]), texts))
async def test_any_query(served: Api, query: dict[str, str]) -> None:
    reply = await served("GET", "/leads", params=query)
    assert reply.status in (200, 422)


@few
@given(st.binary(min_size=1, max_size=12))
async def test_any_path(served: Api, segment: bytes) -> None:
    path = "".join(f"%{byte:02x}" for byte in segment)
    reply = await served("GET", f"/leads/{path}")
    assert reply.status in (200, 404)


HEADERS = ("Idempotency-Key", "X-Request-Deadline", "X-Request-Id", "traceparent", "tracestate", "X-API-Key")
printable = st.text(alphabet=st.characters(min_codepoint=0x20, exclude_categories=["Cs", "Cc"]), max_size=20)


@few
@given(st.dictionaries(st.sampled_from(HEADERS), printable))
async def test_any_header(served: Api, headers: dict[str, str]) -> None:
    reply = await served("POST", "/leads", json={}, key=None, headers=headers)
    assert reply.status in (201, 400, 401, 422, 504)
    assert reply.status != 504 or reply.json["reason"] == "DEADLINE_PASSED"
