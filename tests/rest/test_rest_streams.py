"""What is longer than one call: batches, exports, events, the catalogue."""

import asyncio
import csv
import io
from collections.abc import Iterator
from typing import Any

import aiohttp
import grpc
import msgspec
import pytest
from google.rpc.status_pb2 import Status

from leadexchange.v1.access_service_pb2 import WhoAmIResponse
from leadexchange.v1.catalog_service_pb2 import CatalogItem, ExportCatalogResponse, ImportCatalogResponse
from leadexchange.v1.event_pb2 import Event
from leadexchange.v1.event_service_pb2 import SubscribeResponse
from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD, Lead, LeadProfile
from leadexchange.v1.lead_service_pb2 import ListLeadsResponse
from leadexchange.v1.source_pb2 import Source
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadsResponse, SubmitLeadsResult
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

SUBMIT = "SubmissionService/SubmitLeads"
NDJSON = {"Content-Type": "application/x-ndjson", "Accept": "application/x-ndjson"}


@pytest.fixture
def core(api: Api) -> ScriptedCore:
    """A core that sells every lead but those of the vertical "bad"."""
    api.core.script(SUBMIT, sell)
    api.core.script("AccessService/WhoAmI", WhoAmIResponse())
    return api.core


def sell(frame: Any) -> Iterator[SubmitLeadsResponse]:
    results = []
    for lead in reversed(frame.leads):
        if lead.profile.vertical == "bad":
            results.append(SubmitLeadsResult(request_id=lead.request_id, error=Status(code=3, message="No.")))
        else:
            outcome = LeadOutcome(lead_id=f"lead_{lead.profile.external_id}", status=LEAD_STATUS_SOLD)
            results.append(SubmitLeadsResult(request_id=lead.request_id, outcome=outcome))
    yield SubmitLeadsResponse(results=results)


LEADS: list[Any] = [
    {"vertical": "mortgage", "external_id": "0"},
    {"vertical": "bad"},
    {"colour": "red"},
    {"vertical": "mortgage", "external_id": "3", "request_id": "mine"},
]


def told(results: list[dict[str, Any]]) -> dict[int, Any]:
    return {
        one["index"]: one["outcome"]["lead_id"] if "outcome" in one else one["problem"]["status"] for one in results
    }


async def test_array_is_answered_in_its_order(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads/batch", json=LEADS, headers={"Idempotency-Key": "b1"})
    assert reply.status == 200
    results = reply.json["results"]
    assert list(told(results).items()) == [(0, "lead_0"), (1, 422), (2, 422), (3, "lead_3")]
    assert [one["request_id"] for one in results] == ["b1-0", "b1-1", "b1-2", "mine"]
    assert results[2]["problem"]["errors"][0]["pointer"] == "/colour"


async def test_lines_are_answered_each(api: Api, core: ScriptedCore) -> None:
    body = b"\n\r\n".join(msgspec.json.encode(lead) for lead in LEADS) + b"\nnot json"
    reply = await api("POST", "/leads/batch", data=body, headers=NDJSON)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/x-ndjson")
    results = [msgspec.json.decode(line) for line in reply.body.splitlines()]
    assert told(results) == {0: "lead_0", 1: 422, 2: 422, 3: "lead_3", 4: 400}


async def test_results_come_while_lines_go(api: Api, core: ScriptedCore) -> None:
    """A caller that sends its next line only when it has the last one's result."""
    reader_ready: asyncio.Queue[None] = asyncio.Queue()

    async def lines() -> Any:
        for index in range(5):
            yield msgspec.json.encode({"vertical": "mortgage", "external_id": str(index)}) + b"\n"
            await reader_ready.get()

    headers = NDJSON | {"Authorization": "Bearer k"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{api.base}/api/v1/leads/batch", data=lines(), headers=headers) as answer,
    ):
        seen = 0
        async for line in answer.content:
            assert msgspec.json.decode(line)["outcome"]["lead_id"] == f"lead_{seen}"
            seen += 1
            reader_ready.put_nowait(None)
    assert seen == 5


async def test_more_refused_lines_than_may_be_open(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads/batch", data=b"x\n" * 3_000, headers=NDJSON)
    assert len(reply.body.splitlines()) == 3_000


async def test_id_that_comes_twice(api: Api, core: ScriptedCore) -> None:
    body = [{"request_id": "a"}, {"request_id": "a"}, {"request_id": "b" * 129}]
    reply = await api("POST", "/leads/batch", json=body)
    first, *others = reply.json["results"]
    assert "outcome" in first
    assert [one["problem"]["errors"][0]["pointer"] for one in others] == ["/request_id", "/request_id"]


async def test_stranger_learns_nothing(api: Api, core: ScriptedCore) -> None:
    core.refuse("AccessService/WhoAmI", grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED")
    reply = await api("POST", "/leads/batch", data=b"x\n", headers=NDJSON)
    assert reply.status == 401


async def test_whole_batch_that_is_refused(api: Api, core: ScriptedCore) -> None:
    core.refuse(SUBMIT, grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN")
    ways: list[dict[str, Any]] = [{"json": [{}]}, {"data": b"{}\n", "headers": NDJSON}]
    for options in ways:
        reply = await api("POST", "/leads/batch", **options)
        assert (reply.status, reply.json["reason"]) == (403, "FORBIDDEN")


@pytest.mark.parametrize("body", [[], [{}] * 1_001])
async def test_array_has_a_bound(api: Api, core: ScriptedCore, body: list[Any]) -> None:
    assert (await api("POST", "/leads/batch", json=body)).status == 422


async def test_line_has_a_bound(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads/batch", data=b"x" * (600 << 10), headers=NDJSON)
    assert (reply.status, reply.json["reason"]) == (413, "TOO_LARGE")


PAGES = [
    ListLeadsResponse(leads=[Lead(id="lead_1", profile=LeadProfile(vertical="mortgage"))], next_page_token="t2"),
    ListLeadsResponse(leads=[Lead(id="lead_2", profile=LeadProfile(vertical="mortgage"))]),
]


@pytest.mark.parametrize("media", ["application/x-ndjson", "text/csv", "application/xml"])
async def test_export_goes_through_every_page(api: Api, core: ScriptedCore, media: str) -> None:
    core.script("LeadService/ListLeads", lambda request: PAGES[1] if request.page_token else PAGES[0])
    reply = await api("GET", "/leads/export?vertical=mortgage", headers={"Accept": media})
    assert reply.status == 200
    assert reply.body.index(b"lead_1") < reply.body.index(b"lead_2")
    assert {call.request.vertical for call in core.calls} == {"mortgage"}
    if media == "text/csv":
        assert [row["id"] for row in csv.DictReader(io.StringIO(reply.body.decode()))] == ["lead_1", "lead_2"]


async def test_export_that_is_refused_is_a_problem(api: Api, core: ScriptedCore) -> None:
    core.refuse("LeadService/ListLeads", grpc.StatusCode.PERMISSION_DENIED, "FORBIDDEN")
    assert (await api("GET", "/leads/export")).status == 403


EVENTS = [
    SubscribeResponse(events=[Event(id=f"evt_{n}", sequence=n, type="lead.sold", data_json='{"n": 1}')]) for n in (3, 4)
]


async def test_events_by_page(api: Api, core: ScriptedCore) -> None:
    core.script("EventService/Subscribe", EVENTS)
    core.stays_open = True
    reply = await api("GET", "/events?cursor=2&type=lead.sold&type=lead.voided&limit=5")
    assert [one["sequence"] for one in reply.json["data"]] == [3, 4]
    assert reply.json["data"][0]["data"] == {"n": 1}
    assert reply.json["next_cursor"] == "4"
    request = core.only.request
    assert (request.after_sequence, list(request.event_types)) == (2, ["lead.sold", "lead.voided"])


async def test_no_events_leave_the_cursor_where_it_was(api: Api, core: ScriptedCore) -> None:
    core.stays_open = True
    assert (await api("GET", "/events?cursor=17")).json == {"data": [], "next_cursor": "17"}


async def test_no_more_events_than_asked_for(api: Api, core: ScriptedCore) -> None:
    core.script("EventService/Subscribe", EVENTS)
    assert (await api("GET", "/events?limit=1")).json["next_cursor"] == "3"


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 19, "%D9%A3"])
async def test_cursor_that_is_none(api: Api, core: ScriptedCore, cursor: str) -> None:
    reply = await api("GET", f"/events?cursor={cursor}")
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "cursor")


async def test_catalogue_out_and_in(api: Api, core: ScriptedCore) -> None:
    items = [CatalogItem(source=Source(id=f"source-{n}", display_name="S")) for n in range(300)]
    core.script(
        "CatalogService/ExportCatalog",
        [ExportCatalogResponse(items=items[:256]), ExportCatalogResponse(items=items[256:])],
    )
    out = await api("GET", "/catalogue")
    assert len(out.json["items"]) == 300
    core.script("CatalogService/ImportCatalog", ImportCatalogResponse(created=300))
    back = await api("POST", "/catalogue?dry_run=true", json=out.json)
    assert back.json == {"created": 300, "changed": 0, "unchanged": 0}
    frames = core.calls[-1].request
    assert [item for frame in frames for item in frame.items] == items
    assert [frame.validate_only for frame in frames] == [True, False]


async def test_item_of_two_kinds_is_refused(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/catalogue", json={"items": [{"source": {}}, {"source": {}, "buyer": {}}]})
    assert (reply.status, reply.json["errors"][0]["pointer"]) == (422, "/items/1")
    assert core.calls == []


@pytest.mark.parametrize("path", ["/leads/export", "/catalogue", "/leads"])
async def test_head_has_no_body(api: Api, core: ScriptedCore, path: str) -> None:
    core.script("LeadService/ListLeads", PAGES[1])
    core.script("CatalogService/ExportCatalog", [ExportCatalogResponse(items=[CatalogItem(source=Source(id="s"))])])
    reader, writer = await asyncio.open_connection(*api.base.removeprefix("http://").split(":"))
    lines = (f"HEAD /api/v1{path} HTTP/1.1", "Host: x", "Authorization: Bearer k", "Connection: close")
    writer.write("".join(line + "\r\n" for line in (*lines, "")).encode())
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert body == b""
