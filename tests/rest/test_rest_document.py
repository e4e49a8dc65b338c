"""The OpenAPI document, its examples, its page, and the pages of problems."""

import re
from typing import Any

import pytest

from adapters.rest.problem_types import PROBLEM_TYPES
from adapters.rest.problems import type_of
from adapters.rest.router import OPERATIONS
from leadexchange.v1.reason_pb2 import Reason
from tests.rest.scripted_core import Api

pytestmark = pytest.mark.asyncio(loop_scope="module")

LAST_REFUSAL = 49
NOT_REFUSALS = {"UNSPECIFIED"}


async def document(api: Api) -> Any:
    reply = await api("GET", "/openapi.json", key=None)
    assert reply.status == 200
    return reply.json


def references(value: Any) -> set[str]:
    if isinstance(value, dict):
        found = {value["$ref"]} if isinstance(value.get("$ref"), str) else set()
        return found.union(*(references(item) for item in value.values()))
    return set().union(*(references(item) for item in value)) if isinstance(value, list) else set()


async def test_every_reference_leads_somewhere(api: Api) -> None:
    found = await document(api)
    for reference in references(found):
        target = found
        for name in reference.removeprefix("#/").split("/"):
            target = target[name]


async def test_every_operation_is_there_once(api: Api) -> None:
    found = await document(api)
    assert found["openapi"] == "3.1.0"
    ids = [one["operationId"] for methods in found["paths"].values() for one in methods.values()]
    assert sorted(ids) == sorted(operation.name for operation in OPERATIONS)
    assert len(ids) == len(set(ids))


async def test_every_path_is_served(api: Api) -> None:
    found = await document(api)
    for path, methods in found["paths"].items():
        for method in methods:
            reply = await api(method.upper(), re.sub(r"\{\w+\}", "x", path).removeprefix("/api/v1"), key=None)
            assert reply.status != 405
            assert not (reply.status == 404 and "this path" in reply.json["detail"])


async def test_every_field_and_parameter_is_described(api: Api) -> None:
    found = await document(api)
    for methods in found["paths"].values():
        for operation in methods.values():
            undescribed = [
                one["name"] for one in operation["parameters"] if one["in"] == "query" and not one.get("description")
            ]
            assert undescribed == []
    silent = {
        name: [field for field, schema in component.get("properties", {}).items() if "description" not in schema]
        for name, component in found["components"]["schemas"].items()
    }
    assert {name: fields for name, fields in silent.items() if fields} == {}


async def test_webhooks_and_schemes(api: Api) -> None:
    found = await document(api)
    assert {"lead.sold", "lead.decided", "lead.voided"} <= set(found["webhooks"])
    assert {one["type"] for one in found["components"]["securitySchemes"].values()} == {"http", "apiKey", "oauth2"}


async def test_document_and_page_may_be_kept(api: Api) -> None:
    for path in ("/openapi.json", "/docs", "/docs.js", "/docs.css"):
        first = await api("GET", path, key=None)
        assert (first.status, first.headers["Cache-Control"]) == (200, "public, max-age=3600")
        again = await api("GET", path, key=None, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.body) == (304, b"")


async def test_page_needs_nothing_from_elsewhere(api: Api) -> None:
    page = await api("GET", "/docs", key=None)
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'; script-src 'self'")
    sources = re.findall(rb'(?:src|href)="([^"]+)"', page.body)
    assert set(sources) == {b"docs.css", b"docs.js", b"openapi.json"}
    script = await api("GET", "/docs.js", key=None)
    assert b"http" not in script.body
    assert b"innerHTML" not in script.body


async def test_every_reason_of_a_refusal_has_a_page(api: Api) -> None:
    refusals = {name.removeprefix("REASON_") for name, number in Reason.items() if number <= LAST_REFUSAL}
    assert refusals - {"UNSPECIFIED"} <= set(PROBLEM_TYPES)
    for reason, kind in PROBLEM_TYPES.items():
        reply = await api("GET", type_of(reason), key=None, headers={"Accept": "text/html"})
        assert reply.status == 200
        told = await api("GET", type_of(reason), key=None, headers={"Accept": "application/json"})
        assert (told.json["type"], told.json["statuses"]) == (type_of(reason), list(kind.statuses))


@pytest.mark.parametrize("path", ["/problems/none", "/problems/NOT_FOUND", "/problems/%3Cscript%3E"])
async def test_no_page_for_no_problem(api: Api, path: str) -> None:
    reply = await api("GET", path, key=None)
    assert reply.status == 404
    assert b"<script" not in reply.body


async def test_problem_leads_to_its_page(api: Api) -> None:
    problem = await api("GET", "/leads", key=None)
    assert (await api("GET", problem.json["type"], key=None)).status == 200
