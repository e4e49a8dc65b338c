"""The whole of it: the adapter in front of a real exchange."""

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest_asyncio

from adapters.rest.handlers import examples
from adapters.rest.operation import Operation
from adapters.rest.router import OPERATIONS
from adapters.rest.settings import Settings
from leadexchange.v1.campaign_pb2 import ReturnPolicy
from tests.rest.serving import serving
from tests.support.campaigns import static
from tests.support.exchange import RunningCore


class Partner:
    """Somebody with a key, at the end of a real socket."""

    def __init__(self, session: aiohttp.ClientSession, base: str, key: str | None) -> None:
        self._session = session
        self._base = base
        self._headers = {"Authorization": f"Bearer {key}"} if key else {}

    async def __call__(self, method: str, path: str, **options: Any) -> tuple[int, Any]:
        headers = self._headers | options.pop("headers", {})
        prefix = "" if path.startswith("/oauth") else "/api/v1"
        async with self._session.request(method, self._base + prefix + path, headers=headers, **options) as answer:
            body = await answer.read()
            return answer.status, msgspec.json.decode(body) if "json" in answer.content_type else body


class Place:
    """An exchange with a source, a buyer whose campaign buys every mortgage lead, and an operator."""

    def __init__(self, core: RunningCore, session: aiohttp.ClientSession, base: str) -> None:
        self.core = core
        self._session = session
        self._base = base

    def partner(self, key: str | None) -> Partner:
        return Partner(self._session, self._base, key)

    async def open(self) -> None:
        self.operator = self.partner(self.core.operator.key)
        self.source = self.partner((await self.core.source()).key)
        self.buyer = self.partner((await self.core.buyer()).key)
        await self.core.campaign(static("all", "lender", return_policy=ReturnPolicy(max_share_bps=10_000)))


@pytest_asyncio.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with (
        RunningCore(tmp_path) as core,
        serving(core.address, Settings(development=True)) as base,
        aiohttp.ClientSession() as session,
    ):
        found = Place(core, session, base)
        await found.open()
        yield found


KNOWN = {
    "source_id": "ratewise",
    "buyer_id": "acme",
    "campaign_id": "tx-refi",
    "party_id": "acme",
    "owner_id": "acme",
    "vertical": "mortgage",
}
FIRST = ("createBuyer", "createCampaign", "createEndpoint", "requestReturn", "submitLead", "pingLead")
"""What others need."""
GIVES = {"createEndpoint": "endpoint_id", "submitLead": "lead_id", "pingLead": "ping_id", "requestReturn": "return_id"}


def order(operation: Operation) -> int:
    return FIRST.index(operation.name) if operation.name in FIRST else len(FIRST)


async def test_every_example_works(place: Place) -> None:
    _, returned = await place.operator("POST", "/leads", json=examples.LEAD | {"source_id": "ratewise"})
    known = KNOWN | {"lead_id": returned["lead_id"]}
    operations = sorted((one for one in OPERATIONS if one.examples and one.name != "createSource"), key=order)
    for operation in operations:
        path = re.sub(r"\{(\w+)\}", "{}", operation.path).format(*(known[name] for name in names_in(operation.path)))
        partner = place.source if operation.tag == "Submission" else place.operator
        if operation.name in ("acknowledgeLeads", "claimLeads"):
            partner = place.buyer
        for name, body in operation.examples.items():
            headers = {"Idempotency-Key": f'"{operation.name} {name}"'}
            status, answer = await partner(operation.method, path, json=body, headers=headers)
            assert status == operation.status, (operation.name, name, answer)
            if operation.name in GIVES:
                given = GIVES[operation.name]
                known[given] = answer.get(given) or answer["id"]


def names_in(path: str) -> list[str]:
    return re.findall(r"\{(\w+)\}", path)


async def test_repeats(place: Place) -> None:
    """One answer for eight at once, for one after a restart; another body is refused."""
    headers = {"Idempotency-Key": '"form 1"'}
    answers = await asyncio.gather(
        *(place.source("POST", "/leads", json=examples.LEAD, headers=headers) for _ in range(8))
    )
    assert {status for status, _ in answers} == {201}
    assert len({body["lead_id"] for _, body in answers}) == 1
    assert sum(body.get("repeated", False) for _, body in answers) == 7
    status, body = await place.source("POST", "/leads", json=examples.LEAD | {"external_id": "x"}, headers=headers)
    assert (status, body["reason"]) == (422, "REQUEST_ID_REUSED")
    await place.core.restart()
    status, body = await place.source("POST", "/leads", json=examples.LEAD, headers=headers)
    assert (status, body["lead_id"], body["repeated"]) == (201, answers[0][1]["lead_id"], True)


async def test_batch_may_be_repeated(place: Place) -> None:
    leads = [examples.LEAD | {"external_id": f"form-{number}"} for number in range(20)]
    headers = {"Idempotency-Key": '"batch 1"'}
    first = await place.source("POST", "/leads/batch", json=leads, headers=headers)
    again = await place.source("POST", "/leads/batch", json=leads, headers=headers)
    assert [one["outcome"]["lead_id"] for one in first[1]["results"]] == [
        one["outcome"]["lead_id"] for one in again[1]["results"]
    ]
    assert all(one["outcome"]["repeated"] for one in again[1]["results"])


async def test_revisions(place: Place) -> None:
    status, read = await place.operator("GET", "/sources/ratewise")
    assert status == 200
    wrong = {"If-Match": f'"{read["revision"] + 1}.0123456789ab"'}
    right = {"If-Match": f'"{read["revision"]}.0123456789ab"'}
    assert (await place.operator("PATCH", "/sources/ratewise", json={"floor": "1.00"}, headers=wrong))[0] == 412
    status, changed = await place.operator("PATCH", "/sources/ratewise", json={"floor": "1.00"}, headers=right)
    assert (status, changed["floor"]) == (200, "1.00")
    assert (await place.operator("PATCH", "/sources/ratewise", json={"floor": "2.00"}, headers=right))[0] == 412


async def test_policy_is_merged(place: Place) -> None:
    await place.operator("PUT", "/policies/mortgage", json={"floor": "5.00", "fee_bps": 500})
    status, merged = await place.operator("PATCH", "/policies/mortgage", json={"floor": None, "fee_bps": 700})
    assert status == 200
    assert (merged["fee_bps"], merged.get("floor"), merged["revision"]) == (700, None, 2)


async def test_dry_run_keeps_nothing(place: Place) -> None:
    status, body = await place.operator("POST", "/sources?dry_run=true", json={"id": "other", "display_name": "O"})
    assert (status, body["id"]) == (201, "other")
    assert (await place.operator("GET", "/sources/other"))[0] == 404


async def test_token_may_do_its_scope_and_no_more(place: Place) -> None:
    _, made = await place.operator("POST", "/keys", json={"role": "source", "party_id": "ratewise"})
    form = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["secret"]}
    nobody = place.partner(None)
    status, token = await nobody("POST", "/oauth/token", data=form | {"scope": "leads:read"})
    assert (status, token["token_type"], token["scope"]) == (200, "Bearer", "leads:read")
    reader = place.partner(token["access_token"])
    assert (await reader("GET", "/leads"))[0] == 200
    assert (await reader("POST", "/leads", json=examples.LEAD))[0] == 403
    assert (await nobody("POST", "/oauth/token", data=form | {"scope": "everything"}))[1]["error"] == "invalid_scope"
    assert (await nobody("POST", "/oauth/token", data=form | {"client_secret": "x"}))[1]["error"] == "invalid_client"
    status, _ = await nobody("GET", "/whoami", headers=basic(made["id"], made["secret"]))
    assert status == 200


def basic(user: str, password: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


async def test_rate_plan_is_told_and_held(place: Place) -> None:
    plan = {"per_minute": 3}
    assert (await place.operator("PUT", "/rate-plans/ratewise", json=plan))[0] == 200
    statuses = [(await place.source("GET", "/leads"))[0] for _ in range(5)]
    assert statuses.count(200) == 3
    assert statuses[-1] == 429


async def test_consumer_that_fails_on_one_of_fifty_reads_that_one_again(place: Place) -> None:
    for number in range(50):
        lead = examples.LEAD | {"external_id": f"form-{number}"}
        assert (await place.source("POST", "/leads", json=lead))[0] == 201
    _, page = await place.buyer("GET", "/leads?acknowledged=false&limit=50&fields=id")
    ids = [lead["id"] for lead in page["data"]]
    assert len(ids) == 50
    for number, lead_id in enumerate(ids, 1):
        if number != 23:
            assert (await place.buyer("POST", f"/leads/{lead_id}/acknowledge"))[0] == 200
    _, page = await place.buyer("GET", "/leads?acknowledged=false")
    assert [lead["id"] for lead in page["data"]] == [ids[22]]


async def write_leads(place: Place, written: set[str]) -> None:
    """Eight writers at once, 25 leads each."""

    async def write(writer: int) -> None:
        for number in range(25):
            # Time enough: core, adapter and readers share this process, and often the machine with other tests.
            lead = examples.LEAD | {"external_id": f"{writer}-{number}", "budget_ms": 10_000}
            status, body = await place.source("POST", "/leads", json=lead)
            assert status == 201
            written.add(body["lead_id"])

    await asyncio.gather(*(write(writer) for writer in range(8)))


async def test_eight_read_by_keyset_while_eight_write(place: Place) -> None:
    """Each goes on after the last lead it has seen, and has every lead once when the writers are done."""
    written: set[str] = set()
    done = asyncio.Event()

    async def read() -> list[str]:
        seen: list[str] = []
        while True:
            last_time = done.is_set()
            after = f"&after_id={seen[-1]}" if seen else ""
            _, page = await place.source("GET", f"/leads?limit=7&fields=id{after}")
            seen += [lead["id"] for lead in page["data"]]
            if last_time and not page["data"]:
                return seen

    readers = [asyncio.create_task(read()) for _ in range(8)]
    await write_leads(place, written)
    done.set()
    for seen in await asyncio.gather(*readers):
        assert sorted(seen) == sorted(written)


async def test_eight_read_by_cursor_while_eight_write(place: Place) -> None:
    """Each reads from page to page, again and again: no page has a lead twice, and none that was there is missing."""
    written: set[str] = set()
    done = asyncio.Event()

    async def read_all() -> list[str]:
        seen: list[str] = []
        cursor = ""
        while True:
            _, page = await place.source("GET", f"/leads?limit=7&fields=id{cursor}")
            seen += [lead["id"] for lead in page["data"]]
            if not page["next_cursor"]:
                return seen
            cursor = f"&cursor={page['next_cursor']}"

    async def read() -> int:
        rounds = 0
        while not done.is_set():
            there_before = set(written)
            seen = await read_all()
            assert len(seen) == len(set(seen))
            assert there_before <= set(seen)
            rounds += 1
        return rounds

    readers = [asyncio.create_task(read()) for _ in range(8)]
    await write_leads(place, written)
    done.set()
    assert sum(await asyncio.gather(*readers)) >= len(readers)
    assert sorted(await read_all()) == sorted(written)
