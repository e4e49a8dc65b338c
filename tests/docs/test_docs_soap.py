"""docs/soap.md is true: its requests get the answers it shows, its programs run, its tables are complete."""

import fnmatch
import re
import sys
import time
from pathlib import Path
from typing import Any, Final

import aiohttp
from lxml import etree

from adapters.soap import nouns, parsing
from adapters.soap.operations import OPERATIONS
from exchange.access.digests import Digests
from tests.soap.market import run, soap_market
from tests.support.exchange import RunningCore

ROOT: Final = Path(__file__).parents[2]
DOCUMENT: Final = (ROOT / "docs" / "soap.md").read_text()
BLOCK: Final = re.compile(r"^```(?P<info>[^\n]+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
BLOCKS: Final = [(block["info"], block["text"]) for block in BLOCK.finditer(DOCUMENT)]
REQUESTS: Final = [(text, BLOCKS[at + 1][1]) for at, (info, text) in enumerate(BLOCKS) if info == "xml request source"]


def block(info: str) -> str:
    (found,) = [text for one, text in BLOCKS if one == info]
    return found


def shape(element: etree._Element) -> list[Any]:
    """An element without its prefix and the blanks between elements."""
    return [element.tag, (element.text or "").strip(), *map(shape, element)]


def alike(shown: list[Any], told: list[Any]) -> bool:
    """Whether what was told is as shown, `…` being anything."""
    return (
        len(shown) == len(told)
        and shown[0] == told[0]
        and fnmatch.fnmatchcase(told[1], shown[1].replace("[", "[[]").replace("…", "*"))
        and all(map(alike, shown[2:], told[2:]))
    )


async def test_the_requests_get_the_answers_shown(running: RunningCore) -> None:
    assert len(REQUESTS) == 2
    async with soap_market(running) as market, aiohttp.ClientSession() as session:
        for request, answer in REQUESTS:
            body = request.replace("lx_…", market["SOURCE_KEY"]).encode()
            async with session.post(market["URL"], data=body, headers={"Content-Type": "text/xml"}) as response:
                told = shape(etree.fromstring(await response.read()))
            assert alike(shape(etree.fromstring(answer)), told), told


async def test_the_programs_run(running: RunningCore, tmp_path: Path) -> None:
    async with soap_market(running) as market:
        environment = market | {"KEY": market["SOURCE_KEY"], "PYTHONWARNINGS": "default"}
        said = await run(sys.executable, "-c", block("python zeep"), directory=tmp_path, environment=environment)
        assert fnmatch.fnmatchcase(said, block("text answer").replace("…", "*"))
        envelope = re.sub(r"<soapenv:Header>.*</soapenv:Header>", "", REQUESTS[0][0], flags=re.DOTALL)
        (tmp_path / "lead.xml").write_text(envelope)
        said = await run("bash", "-c", block("bash curl"), directory=tmp_path, environment=environment)
    assert "<status>sold</status>" in said


def test_the_recipe_of_a_digest_makes_one() -> None:
    digests = Digests(b"s" * 32)
    names: dict[str, Any] = {"digest_password": digests.password("key_1")}
    exec(block("python digest"), names)  # noqa: S102 - our own document
    digests.take("key_1", names["nonce"], names["created"], names["sha1"], time.time_ns() // 1_000_000)
    assert set(names["token"]) == {"Password", "Nonce", "Created"}


def test_every_operation_has_its_row() -> None:
    rows = re.findall(r"^\| `([A-Z]\w+)` \| (?:anybody|sources|buyers|all)", DOCUMENT, re.MULTILINE)
    assert sorted(rows) == sorted(operation.name for operation in OPERATIONS)


def test_every_reason_of_the_adapter_has_its_row() -> None:
    made = set()
    for source in (ROOT / "adapters" / "soap").glob("*.py"):
        made |= set(re.findall(r'(?:refused|failed|Detail|_rejected)\(\s*"([A-Z_]+)"', source.read_text()))
    of_the_contract = set(re.findall(r"`([A-Z_]+)`", (ROOT / "docs" / "errors.md").read_text()))
    rows = set(re.findall(r"^\| `([A-Z_]+)` \| \w+ \|", DOCUMENT, re.MULTILINE))
    assert made - of_the_contract <= rows
    assert len(rows) >= 8


def test_the_limits_are_those_of_the_code() -> None:
    limits = DOCUMENT[DOCUMENT.index("## Limits") : DOCUMENT.index("## Toolkits")]
    shape = f"{parsing.MAX_DEPTH}; {parsing.MAX_ELEMENTS:,}; {parsing.MAX_ATTRIBUTES}; {parsing.MAX_NAMESPACES:,}"
    for bound in (f"{parsing.MAX_BODY_BYTES // 1024} KiB", shape, f"| {nouns.MANY} |"):
        assert bound in limits
