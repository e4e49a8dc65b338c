"""A source of another platform changes its URL and nothing else: its own format in, its own answer back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import pytest
import pytest_asyncio
from lxml import etree

from adapters.rest.formats.inbound import plain
from adapters.rest.problems import Problem
from adapters.rest.settings import Settings
from tests.rest.serving import serving
from tests.support.campaigns import static
from tests.support.exchange import RunningCore

ATTRIBUTES = ("zip", "state", "loan_purpose", "loan_amount")


def rules(*pairs: tuple[str, Any]) -> list[dict[str, Any]]:
    return [{"to": to, "from": source} for to, source in pairs]


def inbound(prefix: str, action: Any) -> dict[str, Any]:
    """A mapping of a flat document whose fields have the exchange's names in capitals."""
    pairs: list[tuple[str, Any]] = [("vertical", {"type": "constant", "value": "mortgage"}), ("action", action)]
    pairs += [(f"attributes.{name}", f"{prefix}.{name.upper()}") for name in ATTRIBUTES]
    pairs += [("contact.phone", f"{prefix}.PHONE"), ("ping_id", f"{prefix}.TOKEN"), ("external_id", f"{prefix}['@id']")]
    return {"version": 1, "request": {"format": "json", "rules": rules(*pairs)}}


OUTBOUND = {
    "version": 1,
    "request": {
        "format": "xml",
        "root": "result",
        "rules": rules(
            (
                "status",
                {
                    "type": "lookup",
                    "of": "outcome.status",
                    "table": {"sold": "Matched", "refused": "Error"},
                    "otherwise": {"type": "constant", "value": "Unmatched"},
                },
            ),
            ("price", "outcome.payout.amount"),
            ("offer", "outcome.offer.payout.amount"),
            ("token", "outcome.ping_id"),
            ("error", "outcome.detail"),
        ),
    },
}
VALUES = {
    "ZIP": "78251",
    "STATE": "Texas",
    "LOAN_PURPOSE": "buy",
    "LOAN_AMOUNT": "$289,000.00",
    "PHONE": "210 555 0169",
}
MODE: dict[str, Any] = {"type": "first", "of": ["document.MODE", {"type": "constant", "value": "submit"}]}


class Dialect:
    """A source, and what it calls with."""

    def __init__(self, core: RunningCore, session: aiohttp.ClientSession, base: str, key: str) -> None:
        self._core = core
        self._session = session
        self._base = base
        self._key = key

    async def keep(self, mapping_id: str, document: Any) -> None:
        body = {"id": mapping_id, "owner_id": "ratewise", "display_name": mapping_id, "document": document}
        headers = {"Authorization": f"Bearer {self._core.operator.key}"}
        async with self._session.post(f"{self._base}/api/v1/mappings", json=body, headers=headers) as answer:
            assert answer.status == 201, await answer.text()

    async def send(self, source_id: str = "ratewise", **options: Any) -> tuple[int, str, bytes]:
        headers = {"Authorization": f"Bearer {self._key}", **options.pop("headers", {})}
        async with self._session.post(f"{self._base}/ingest/{source_id}", headers=headers, **options) as answer:
            return answer.status, answer.content_type, await answer.read()


@pytest_asyncio.fixture
async def dialect(tmp_path: Path) -> AsyncIterator[Dialect]:
    async with (
        RunningCore(tmp_path) as core,
        serving(core.address, Settings(development=True)) as base,
        aiohttp.ClientSession() as session,
    ):
        key = (await core.source()).key or ""
        await core.buyer()
        await core.campaign(static("all", "lender"))
        yield Dialect(core, session, base, key)


async def test_form_in_and_xml_out(dialect: Dialect) -> None:
    await dialect.keep("ratewise-in", inbound("document", MODE))
    await dialect.keep("ratewise-out", OUTBOUND)
    status, media, body = await dialect.send(data=VALUES)
    assert (status, media) == (200, "application/xml")
    assert etree.fromstring(body).findtext("status") == "Matched"
    assert etree.fromstring(body).findtext("price") == "8.00"


async def test_ping_and_post_in_the_dialect(dialect: Dialect) -> None:
    await dialect.keep("ratewise-in", inbound("document", MODE))
    await dialect.keep("ratewise-out", OUTBOUND)
    pinged = etree.fromstring((await dialect.send(data=VALUES | {"MODE": "ping"}))[2])
    assert pinged.findtext("offer") == "8.00"
    posted = await dialect.send(data=VALUES | {"MODE": "post", "TOKEN": pinged.findtext("token")})
    assert etree.fromstring(posted[2]).findtext("status") == "Matched"


async def test_refusal_in_the_dialect(dialect: Dialect) -> None:
    await dialect.keep("ratewise-in", inbound("document", MODE))
    await dialect.keep("ratewise-out", OUTBOUND)
    status, _, body = await dialect.send(data=VALUES | {"STATE": "Texass"})
    told = etree.fromstring(body)
    assert (status, told.findtext("status")) == (422, "Error")
    assert "state" in (told.findtext("error") or "")


async def test_xml_and_json_in(dialect: Dialect) -> None:
    await dialect.keep("ratewise-in", inbound("document.lead", {"type": "constant", "value": "submit"}))
    fields = "".join(f"<{name}>{value}</{name}>" for name, value in VALUES.items())
    text = f'<lead id="form-1" xmlns="urn:x">{fields}</lead>'
    status, media, body = await dialect.send(data=text, headers={"Content-Type": "text/xml"})
    assert (status, media, msgspec.json.decode(body)["status"]) == (200, "application/json", "sold")
    status, _, body = await dialect.send(json={"lead": VALUES})
    assert (status, msgspec.json.decode(body)["status"]) == (200, "sold")


async def test_source_without_a_mapping(dialect: Dialect) -> None:
    assert (await dialect.send(data=VALUES))[0] == 404
    assert (await dialect.send("nobody", data=VALUES))[0] == 404
    assert (await dialect.send(data=b"x", headers={"Content-Type": "text/plain"}))[0] == 415


BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'
OUTSIDE = b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'


@pytest.mark.parametrize(
    ("body", "media"),
    [
        (BOMB, "text/xml"),
        (OUTSIDE, "application/xml"),
        (b"<a>" * 40 + b"</a>" * 40, "text/xml"),
        (b"<a>", "text/xml"),
        (b"", "application/xml"),
        (b"{", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"\xff=1", "application/x-www-form-urlencoded"),
        (b"&".join(b"a=1" for _ in range(1_001)), "application/x-www-form-urlencoded"),
    ],
)
def test_what_cannot_be_read_safely(body: bytes, media: str) -> None:
    with pytest.raises(Problem) as caught:
        plain(body, media)
    assert caught.value.status == 400


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("<a>1</a>", {"a": "1"}),
        ("<a/>", {"a": ""}),
        ('<a x="1">t<b>2</b><b>3</b><b/></a>', {"a": {"@x": "1", "b": ["2", "3", ""], "#text": "t"}}),
        ('<n:a xmlns:n="urn:x" n:y="2"><!-- c --></n:a>', {"a": {"@y": "2"}}),
    ],
)
def test_xml_as_values(text: str, values: Any) -> None:
    assert plain(text.encode(), "text/xml") == values
