"""Answers in other types, some of their fields, only when they have changed, compressed."""

import csv
import gzip
import io
from typing import Any

import pytest
from lxml import etree

from adapters.rest.formats import xml
from adapters.rest.formats.negotiation import negotiate
from adapters.rest.problems import Problem
from leadexchange.v1 import catalog_service_pb2 as catalog
from leadexchange.v1 import lead_pb2
from leadexchange.v1.attribute_pb2 import Attribute
from leadexchange.v1.lead_service_pb2 import ClaimLeadsResponse, GetLeadResponse, ListLeadsResponse
from leadexchange.v1.ledger_service_pb2 import ENTRY_KIND_SALE, GetStatementResponse, StatementEntry
from leadexchange.v1.source_pb2 import Source
from tests.rest.scripted_core import Api, ScriptedCore

pytestmark = pytest.mark.asyncio(loop_scope="module")

LEAD = lead_pb2.Lead(
    id="lead_1",
    source_id="ratewise",
    profile=lead_pb2.LeadProfile(vertical="mortgage"),
    attributes=[Attribute(name="state", code="TX"), Attribute(name="ltv", number=0.5)],
    contact=lead_pb2.Contact(first_name='Ka"ri', comments="a <b> & c\n\x01d", more={"unit no": "7"}),
    status=lead_pb2.LEAD_STATUS_SOLD,
    sales=[lead_pb2.Sale(id="sale_1"), lead_pb2.Sale(id="sale_2")],
)
LIST = "LeadService/ListLeads"
GET = "LeadService/GetLead"


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, "a/json"),
        ("*/*", "a/json"),
        ("a/xml", "a/xml"),
        ("a/xml, a/json", "a/json"),
        ("a/json;q=0.2, a/xml;q=0.9", "a/xml"),
        ("a/json; q=0, */*", "a/xml"),
        ("b/*, a/*;q=0.1", "a/json"),
        ("A/XML", "a/xml"),
        ("nonsense;;;, a/xml", "a/xml"),
    ],
)
async def test_what_the_caller_likes_best(accept: str | None, chosen: str) -> None:
    assert negotiate(accept, ("a/json", "a/xml")) == chosen


@pytest.mark.parametrize("accept", ["text/html", "a/json;q=0", "a/json;q=0, a/xml;q=0"])
async def test_what_cannot_be_had(accept: str) -> None:
    with pytest.raises(Problem) as caught:
        negotiate(accept, ("a/json", "a/xml"))
    assert (caught.value.status, caught.value.reason) == (406, "NOT_ACCEPTABLE")


async def test_nothing_is_done_for_a_type_that_cannot_be_had(api: Api, core: ScriptedCore) -> None:
    reply = await api("POST", "/leads", json={}, headers={"Accept": "text/html"})
    assert (reply.status, reply.json["reason"]) == (406, "NOT_ACCEPTABLE")
    assert core.calls == []


async def test_lead_as_xml(api: Api, core: ScriptedCore) -> None:
    core.script(GET, GetLeadResponse(lead=LEAD))
    reply = await api("GET", "/leads/lead_1", headers={"Accept": "text/xml"})
    assert reply.headers["Content-Type"] == "application/xml; charset=utf-8"
    root = etree.fromstring(reply.body)
    assert root.tag == "lead"
    assert root.findtext("contact/first_name") == 'Ka"ri'
    assert root.findtext("contact/comments") == "a <b> & c\n\ufffdd"
    assert root.findtext("contact/more/field[@name='unit no']") == "7"
    assert [one.text for one in root.iterfind("sales/sale/id")] == ["sale_1", "sale_2"]


async def test_page_as_xml(api: Api, core: ScriptedCore) -> None:
    core.script(LIST, ListLeadsResponse(leads=[LEAD], next_page_token="t2"))
    reply = await api("GET", "/leads", headers={"Accept": "application/xml"})
    root = etree.fromstring(reply.body)
    assert (root.tag, root.findtext("data/item/id"), root.findtext("next_cursor")) == ("leads", "lead_1", "t2")


@pytest.mark.parametrize("value", [None, True, 1.5, [], {}, {"a": [{"b": None}]}, "]]>", "\r\n\t\x00\ud7ff"])
async def test_xml_is_well_formed(value: Any) -> None:
    etree.fromstring(xml.document("root", {"value": value, "1 odd&name": value}))


async def test_page_as_csv(api: Api, core: ScriptedCore) -> None:
    core.script(LIST, ListLeadsResponse(leads=[LEAD], next_page_token="t2"))
    reply = await api("GET", "/leads?limit=1", headers={"Accept": "text/csv"})
    assert reply.headers["Content-Type"] == "text/csv; charset=utf-8"
    (row,) = csv.DictReader(io.StringIO(reply.body.decode(), newline=""))
    assert (row["id"], row["contact.first_name"], row["contact.last_name"]) == ("lead_1", 'Ka"ri', "")
    assert row["attributes"] == '{"state":"TX","ltv":0.5}'
    assert reply.headers["X-Next-Cursor"] == "t2"
    assert reply.headers["Link"] == '</api/v1/leads?limit=1&cursor=t2>; rel="next"'


async def test_every_page_of_csv_has_the_same_columns(api: Api, core: ScriptedCore) -> None:
    empty = await api("GET", "/leads", headers={"Accept": "text/csv"})
    core.script(LIST, ListLeadsResponse(leads=[LEAD]))
    full = await api("GET", "/leads", headers={"Accept": "text/csv"})
    assert empty.body.splitlines()[0] == full.body.splitlines()[0]


async def test_statement_as_csv(api: Api, core: ScriptedCore) -> None:
    entry = StatementEntry(transaction_id="sale_1", kind=ENTRY_KIND_SALE, amount_micros=-1_500_000)
    core.script("LedgerService/GetStatement", GetStatementResponse(entries=[entry], opening_micros=2_000_000))
    reply = await api("GET", "/statement?party_id=acme", headers={"Accept": "text/csv"})
    (row,) = csv.DictReader(io.StringIO(reply.body.decode()))
    assert (row["kind"], row["amount"], row["balance"]) == ("sale", "-1.50", "0.00")
    assert (await api("GET", "/statement?party_id=acme")).json["opening"] == "2.00"


@pytest.mark.parametrize(
    ("fields", "picked"),
    [
        ("id", {"id": "lead_1"}),
        ("id,contact.first_name", {"id": "lead_1", "contact": {"first_name": 'Ka"ri'}}),
        ("attributes.state", {"attributes": {"state": "TX"}}),
        ("contact.phone", {"contact": {}}),
    ],
)
async def test_some_fields(api: Api, core: ScriptedCore, fields: str, picked: dict[str, Any]) -> None:
    core.script(LIST, ListLeadsResponse(leads=[LEAD]))
    core.script(GET, GetLeadResponse(lead=LEAD))
    assert (await api("GET", f"/leads?fields={fields}")).json["data"] == [picked]
    assert (await api("GET", f"/leads/lead_1?fields={fields}")).json == picked


async def test_unknown_field_is_refused(api: Api, core: ScriptedCore) -> None:
    reply = await api("GET", "/leads?fields=id,colour")
    assert (reply.status, reply.json["errors"][0]["field"]) == (422, "fields")
    assert core.calls == []


async def test_advice_on_the_next_poll(api: Api, core: ScriptedCore) -> None:
    core.script(LIST, ListLeadsResponse(next_poll_ms=2_500))
    reply = await api("GET", "/leads")
    assert (reply.headers["Retry-After"], reply.json["next_poll_ms"]) == ("3", 2_500)
    core.script("LeadService/ClaimLeads", ClaimLeadsResponse(leads=[LEAD], next_poll_ms=1_000))
    reply = await api("POST", "/leads/claim", json={"claim_s": 30})
    assert (reply.headers["Retry-After"], reply.json["data"][0]["id"]) == ("1", "lead_1")


async def test_answer_that_the_caller_has(api: Api, core: ScriptedCore) -> None:
    core.script(LIST, ListLeadsResponse(leads=[LEAD]))
    tag = (await api("GET", "/leads")).headers["ETag"]
    again = await api("GET", "/leads", headers={"If-None-Match": f'"other", {tag}'})
    assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
    core.script(LIST, ListLeadsResponse())
    assert (await api("GET", "/leads", headers={"If-None-Match": tag})).status == 200


async def test_change_of_what_was_read(api: Api, core: ScriptedCore) -> None:
    source = Source(id="ratewise", revision=7)
    core.script("CatalogService/GetSource", catalog.GetSourceResponse(source=source))
    core.script("CatalogService/UpdateSource", catalog.UpdateSourceResponse(source=source))
    read = await api("GET", "/sources/ratewise")
    assert read.headers["Cache-Control"] == "private, no-cache"
    tag = read.headers["ETag"]
    assert tag.startswith('"7.')
    changed = await api("PATCH", "/sources/ratewise", json={"floor": "1"}, headers={"If-Match": tag})
    assert changed.status == 200
    assert core.calls[-1].request.source.revision == 7


async def test_stale_tag_is_412_and_a_stale_revision_409(api: Api, core: ScriptedCore) -> None:
    import grpc

    core.refuse("CatalogService/UpdateSource", grpc.StatusCode.ABORTED, "STALE_REVISION")
    by_tag = await api("PATCH", "/sources/ratewise", json={}, headers={"If-Match": '"7.0123456789ab"'})
    by_field = await api("PATCH", "/sources/ratewise", json={"revision": 7})
    assert [by_tag.status, by_field.status] == [412, 409]
    assert by_tag.json["reason"] == by_field.json["reason"] == "STALE_REVISION"


@pytest.mark.parametrize("tag", ['"abc"', "7", '"0.0123456789ab"', '"a", "b"'])
async def test_tag_of_somebody_else_matches_nothing(api: Api, core: ScriptedCore, tag: str) -> None:
    reply = await api("PATCH", "/sources/ratewise", json={}, headers={"If-Match": tag})
    assert reply.status == 412
    assert core.calls == []


async def test_long_answers_are_compressed_for_whoever_takes_it(api: Api, core: ScriptedCore) -> None:
    core.script(LIST, ListLeadsResponse(leads=[LEAD] * 20))
    plain = await api("GET", "/leads", headers={"Accept-Encoding": "identity"})
    packed = await api("GET", "/leads", headers={"Accept-Encoding": "gzip"}, auto_decompress=False)
    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert "Accept-Encoding" in packed.headers.getall("Vary")
    refused = await api("GET", "/leads", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
