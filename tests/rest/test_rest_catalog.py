"""Configuration over REST: sources, buyers, endpoints, campaigns and keys."""

from typing import Any

import pytest
from google.protobuf.timestamp_pb2 import Timestamp

from leadexchange.v1 import access_service_pb2 as access
from leadexchange.v1 import api_key_pb2, buyer_pb2, campaign_pb2, endpoint_pb2, party_pb2, source_pb2
from leadexchange.v1 import catalog_service_pb2 as catalog
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

CREATED = Timestamp(seconds=1_700_000_000)
CREATED_JSON = "2023-11-14T22:13:20Z"

IN_TX: dict[str, Any] = {"in": campaign_pb2.CodeSet(codes=["TX", "NM"])}
CAMPAIGN = campaign_pb2.Campaign(
    id="tx-refi",
    buyer_id="acme",
    display_name="Texas refinance",
    state=party_pb2.PARTY_STATE_ACTIVE,
    targeting=campaign_pb2.Targeting(
        vertical="mortgage",
        conditions=[
            campaign_pb2.Condition(attribute="state", **IN_TX),
            campaign_pb2.Condition(attribute="credit_tier", not_in=campaign_pb2.CodeSet(codes=["poor"])),
            campaign_pb2.Condition(attribute="zip", prefix_in=campaign_pb2.CodeSet(codes=["78"])),
            campaign_pb2.Condition(attribute="loan_amount", range=campaign_pb2.NumericRange(min=50_000)),
            campaign_pb2.Condition(attribute="ltv", exists=True),
            campaign_pb2.Condition(attribute="bankruptcy", flag=False),
        ],
        allowed_sources=["ratewise", "lendcompare/aff-8"],
        denied_sources=["ratewise/aff-1"],
        required_consent=[campaign_pb2.CONSENT_KIND_TRUSTEDFORM, campaign_pb2.CONSENT_KIND_TIME],
    ),
    schedule=[campaign_pb2.ScheduleWindow(weekday=1, start_minute=540, end_minute=1_440)],
    caps=[
        campaign_pb2.Cap(period=campaign_pb2.CAP_PERIOD_DAY, max_leads=100, max_spend_micros=500_000_000),
        campaign_pb2.Cap(period=campaign_pb2.CAP_PERIOD_HOUR, max_leads=10),
    ],
    static_bidding=campaign_pb2.StaticBidding(
        base_price_micros=12_500_000,
        modifiers=[
            campaign_pb2.PriceModifier(
                condition=campaign_pb2.Condition(attribute="self_employed", flag=True),
                multiply_bps=9_000,
                add_micros=-250_000,
            )
        ],
        max_price_micros=20_000_000,
    ),
    stream_posting=campaign_pb2.StreamPosting(),
    completion=campaign_pb2.COMPLETION_ON_ACCEPT,
    on_timeout=campaign_pb2.ON_TIMEOUT_HOLD,
    bid_window_ms=80,
    post_timeout_ms=400,
    max_bid_micros=100_000_000,
    test=True,
    priority=3,
)
CAMPAIGN_JSON = {
    "id": "tx-refi",
    "buyer_id": "acme",
    "display_name": "Texas refinance",
    "state": "active",
    "targeting": {
        "vertical": "mortgage",
        "conditions": [
            {"attribute": "state", "in": ["TX", "NM"]},
            {"attribute": "credit_tier", "not_in": ["poor"]},
            {"attribute": "zip", "prefix_in": ["78"]},
            {"attribute": "loan_amount", "range": {"min": 50_000}},
            {"attribute": "ltv", "exists": True},
            {"attribute": "bankruptcy", "flag": False},
        ],
        "allowed_sources": ["ratewise", "lendcompare/aff-8"],
        "denied_sources": ["ratewise/aff-1"],
        "required_consent": ["trustedform", "time"],
    },
    "schedule": [{"weekday": 1, "start": "09:00", "end": "24:00"}],
    "caps": [{"period": "day", "max_leads": 100, "max_spend": "500.00"}, {"period": "hour", "max_leads": 10}],
    "bidding": {
        "static": {
            "base_price": "12.50",
            "modifiers": [
                {
                    "condition": {"attribute": "self_employed", "flag": True},
                    "multiply_bps": 9_000,
                    "add": "-0.25",
                }
            ],
            "max_price": "20.00",
        }
    },
    "posting": {"stream": {}},
    "completion": "on_accept",
    "on_timeout": "hold",
    "bid_window_ms": 80,
    "post_timeout_ms": 400,
    "max_bid": "100.00",
    "test": True,
    "priority": 3,
}

SOURCE = source_pb2.Source(
    id="ratewise",
    display_name="Ratewise",
    state=party_pb2.PARTY_STATE_PAUSED,
    floor_micros=5_000_000,
    payout_bps=0,
)
SOURCE_JSON = {
    "id": "ratewise",
    "display_name": "Ratewise",
    "state": "paused",
    "floor": "5.00",
    "payout_bps": 0,
}
BUYER = buyer_pb2.Buyer(id="acme", display_name="Acme", time_zone="America/Chicago")
BUYER_JSON = {"id": "acme", "display_name": "Acme", "time_zone": "America/Chicago"}
ENDPOINT = endpoint_pb2.Endpoint(
    id="ep_1", owner_id="acme", url="https://acme.example/hooks", event_types=["lead.sold", "lead.voided"]
)
ENDPOINT_JSON = {
    "id": "ep_1",
    "owner_id": "acme",
    "url": "https://acme.example/hooks",
    "event_types": ["lead.sold", "lead.voided"],
}
NOUNS = [
    ("source", SOURCE, SOURCE_JSON),
    ("buyer", BUYER, BUYER_JSON),
    ("endpoint", ENDPOINT, ENDPOINT_JSON),
    ("campaign", CAMPAIGN, CAMPAIGN_JSON),
]


def kept(message: Any) -> Any:
    """A message as the core gives it back."""
    answer = type(message)()
    answer.CopyFrom(message)
    answer.revision = 7
    answer.created_at.CopyFrom(CREATED)
    return answer


def kept_json(body: dict[str, Any]) -> dict[str, Any]:
    return body | {"revision": 7, "created_at": CREATED_JSON}


@pytest.mark.parametrize(("noun", "message", "body"), NOUNS)
async def test_create(api: Api, core: ScriptedCore, noun: str, message: Any, body: Any) -> None:
    title = noun.capitalize()
    core.script(f"CatalogService/Create{title}", getattr(catalog, f"Create{title}Response")(**{noun: kept(message)}))
    reply = await api("POST", f"/{noun}s", json=body)
    assert (reply.status, reply.json) == (201, kept_json(body))
    assert reply.headers["Location"] == f"/api/v1/{noun}s/{message.id}"
    assert getattr(core.only.request, noun) == message


@pytest.mark.parametrize(("noun", "message", "body"), NOUNS)
async def test_get(api: Api, core: ScriptedCore, noun: str, message: Any, body: Any) -> None:
    title = noun.capitalize()
    core.script(f"CatalogService/Get{title}", getattr(catalog, f"Get{title}Response")(**{noun: kept(message)}))
    reply = await api("GET", f"/{noun}s/{message.id}")
    assert (reply.status, reply.json) == (200, kept_json(body))
    assert getattr(core.only.request, f"{noun}_id") == message.id


@pytest.mark.parametrize(("noun", "message", "body"), NOUNS)
async def test_list(api: Api, core: ScriptedCore, noun: str, message: Any, body: Any) -> None:
    title = noun.capitalize()
    answer = getattr(catalog, f"List{title}sResponse")(**{f"{noun}s": [kept(message)]}, next_page_token="t2")
    core.script(f"CatalogService/List{title}s", answer)
    reply = await api("GET", f"/{noun}s?limit=1&cursor=t1")
    assert (reply.status, reply.json) == (200, {"data": [kept_json(body)], "next_cursor": "t2"})
    assert (core.only.request.page_size, core.only.request.page_token) == (1, "t1")


async def test_list_filters(api: Api, core: ScriptedCore) -> None:
    await api("GET", "/campaigns?buyer_id=acme")
    await api("GET", "/endpoints?owner_id=exchange")
    assert [call.request.buyer_id if "Camp" in call.method else call.request.owner_id for call in core.calls] == [
        "acme",
        "exchange",
    ]


@pytest.mark.parametrize(("noun", "message", "body"), NOUNS)
async def test_what_was_read_can_be_sent_back(api: Api, core: ScriptedCore, noun: str, message: Any, body: Any) -> None:
    title = noun.capitalize()
    core.script(f"CatalogService/Update{title}", getattr(catalog, f"Update{title}Response")(**{noun: kept(message)}))
    reply = await api("PATCH", f"/{noun}s/{message.id}", json=kept_json(body))
    assert (reply.status, reply.json) == (200, kept_json(body))
    sent = getattr(core.only.request, noun)
    assert sent.revision == 7
    sent.revision = 0
    assert sent == message
    assert set(core.only.request.update_mask.paths).isdisjoint({"id", "revision", "created_at", "secret"})


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ({}, []),
        ({"state": "paused"}, ["state"]),
        ({"max_bid": None, "caps": None}, ["caps", "max_bid_micros"]),
        ({"targeting": {"conditions": []}}, ["targeting.conditions"]),
        ({"bidding": {"static": {"base_price": "1"}}}, ["static_bidding.base_price_micros"]),
        ({"bidding": {"static": {"max_price": None}}}, ["static_bidding.max_price_micros"]),
        ({"bidding": {"stream": {}}}, ["stream_bidding"]),
        ({"bidding": {"http": {"timeout_ms": 50}}}, ["http_bidding.call.timeout_ms"]),
        ({"bidding": {"static": None, "stream": {}}}, ["stream_bidding"]),
        ({"posting": None}, ["stream_posting", "http_posting"]),
    ],
)
@pytest.mark.parametrize("content_type", ["application/merge-patch+json", "application/json"])
async def test_patch_masks_what_it_names(
    api: Api, core: ScriptedCore, body: Any, paths: list[str], content_type: str
) -> None:
    reply = await api("PATCH", "/campaigns/tx-refi", json=body, headers={"Content-Type": content_type})
    assert reply.status == 200
    assert core.only.request.campaign.id == "tx-refi"
    assert list(core.only.request.update_mask.paths) == paths


async def test_patch_cannot_rename(api: Api, core: ScriptedCore) -> None:
    reply = await api("PATCH", "/sources/ratewise", json={"id": "other"})
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/id")
    assert core.calls == []


async def test_http_calls_and_their_headers_go_in_but_not_out(api: Api, core: ScriptedCore) -> None:
    call: dict[str, Any] = {"url": "https://acme.example/ping", "headers": {"X-Key": "s3cret"}, "timeout_ms": 90}
    sent = campaign_pb2.HttpCall(**call)
    answer = campaign_pb2.Campaign(
        id="c", http_bidding=campaign_pb2.HttpBidding(call=sent), http_posting=campaign_pb2.HttpPosting(call=sent)
    )
    core.script("CatalogService/CreateCampaign", catalog.CreateCampaignResponse(campaign=answer))
    reply = await api("POST", "/campaigns", json={"bidding": {"http": call}, "posting": {"http": call}})
    campaign = core.only.request.campaign
    assert campaign.http_bidding.call == campaign.http_posting.call == sent
    assert reply.json["bidding"] == reply.json["posting"] == {"http": {"url": call["url"], "timeout_ms": 90}}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"bidding": {}}, "/bidding"),
        ({"bidding": {"stream": {}, "http": {}}}, "/bidding"),
        ({"posting": {"stream": {}, "http": {}}}, "/posting"),
        ({"targeting": {"conditions": [{"attribute": "a"}]}}, "/targeting/conditions/0"),
        (
            {"bidding": {"static": {"modifiers": [{"condition": {"attribute": "a", "in": ["x"], "exists": True}}]}}},
            "/bidding/static/modifiers/0/condition",
        ),
        ({"max_bid": 12.5}, "/max_bid"),
        ({"max_bid": "12,50"}, "/max_bid"),
        ({"max_bid": "1e3"}, "/max_bid"),
        ({"schedule": [{"weekday": 1, "start": "24:01", "end": "9:00"}]}, "/schedule/0/start"),
        ({"caps": [{"max_leads": 1}]}, "/caps/0/period"),
        ({"priority": 2**31}, "/priority"),
        ({"revision": 2**63}, "/revision"),
    ],
)
async def test_shape_is_judged_here(api: Api, core: ScriptedCore, body: Any, pointer: str) -> None:
    reply = await api("POST", "/campaigns", json=body)
    assert reply.status == 422
    assert pointer in [error["pointer"] for error in reply.json["errors"]]
    assert core.calls == []


async def test_endpoint_secret_is_shown_where_the_core_shows_it(api: Api, core: ScriptedCore) -> None:
    answer = endpoint_pb2.Endpoint(id="ep_1", secret="whsec_x")
    core.script("CatalogService/CreateEndpoint", catalog.CreateEndpointResponse(endpoint=answer))
    reply = await api("POST", "/endpoints", json={"secret": "mine"})
    assert reply.json["secret"] == "whsec_x"
    assert core.only.request.endpoint.secret == ""


KEY = api_key_pb2.ApiKey(
    id="key_1", role=api_key_pb2.ROLE_SOURCE, party_id="ratewise", label="site", created_at=CREATED
)
KEY_JSON = {
    "id": "key_1",
    "role": "source",
    "party_id": "ratewise",
    "label": "site",
    "created_at": CREATED_JSON,
}


async def test_create_key(api: Api, core: ScriptedCore) -> None:
    core.script("AccessService/CreateApiKey", access.CreateApiKeyResponse(api_key=KEY, secret="lx_secret"))
    body = {"role": "source", "party_id": "ratewise", "label": "site", "expires_at": "2027-01-01T00:00:00Z"}
    reply = await api("POST", "/keys", json=body)
    assert (reply.status, reply.json) == (201, KEY_JSON | {"secret": "lx_secret"})
    assert core.only.request.api_key == api_key_pb2.ApiKey(
        role=api_key_pb2.ROLE_SOURCE,
        party_id="ratewise",
        label="site",
        expires_at=Timestamp(seconds=1_798_761_600),
    )


async def test_list_keys(api: Api, core: ScriptedCore) -> None:
    core.script("AccessService/ListApiKeys", access.ListApiKeysResponse(api_keys=[KEY]))
    reply = await api("GET", "/keys?limit=10")
    assert reply.json == {"data": [KEY_JSON], "next_cursor": None}
    assert core.only.request.page_size == 10


async def test_revoke_key(api: Api, core: ScriptedCore) -> None:
    revoked = api_key_pb2.ApiKey(id="key_1", revoked_at=CREATED)
    core.script("AccessService/RevokeApiKey", access.RevokeApiKeyResponse(api_key=revoked))
    reply = await api("DELETE", "/keys/key_1")
    assert (reply.status, reply.json) == (200, {"id": "key_1", "revoked_at": CREATED_JSON})
    assert core.only.request.api_key_id == "key_1"


async def test_whoami(api: Api, core: ScriptedCore) -> None:
    core.script("AccessService/WhoAmI", access.WhoAmIResponse(api_key=KEY))
    assert (await api("GET", "/whoami")).json == KEY_JSON
