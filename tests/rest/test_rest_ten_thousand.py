"""10,000 malformed bodies against a whole exchange: each is a problem of the caller's, and none changes anything."""

import asyncio
import random
from pathlib import Path
from typing import Any

import msgspec
import pytest

from adapters.rest.handlers import examples
from adapters.rest.settings import Settings
from tests.rest.serving import serving
from tests.support.exchange import RunningCore

BODIES = 10_000
CONNECTIONS = 8
TARGETS: dict[str, Any] = {
    "/leads": examples.LEAD,
    "/pings": examples.PING,
    "/leads/lead_01M884TMHDJ3CDSVTPK3ZQ07MT/dispositions": {"kind": "contacted"},
    "/sources": examples.SOURCE,
    "/buyers": examples.BUYER,
    "/campaigns": examples.CAMPAIGN,
    "/endpoints": examples.ENDPOINT,
    "/keys": examples.KEY,
    "/adjustments": {"party_id": "acme", "kind": "payment", "amount": "1.00"},
    "/deliveries/redrive": {"delivery_ids": ["dlv_1"]},
    "/catalogue": {"items": [{"source": examples.SOURCE}]},
}
JUNK: tuple[Any, ...] = (
    *(None, True, -1, 1e300, 2**70, [], [[]], {}, {"": 1}, {"$ref": "#"}),
    *("", "x" * 300, "\x00", "é\u2028", "NaN", "-0", "1e9"),
)


def malformed(chance: random.Random) -> tuple[str, bytes]:
    """A path, and a body that is not what it takes: broken text, or a good body broken in one place."""
    path = chance.choice(list(TARGETS))
    text = bytearray(msgspec.json.encode(TARGETS[path]))
    if chance.random() < 0.5:
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            text[at : at + chance.randint(0, 3)] = bytes(chance.randrange(256) for _ in range(chance.randint(0, 3)))
        return path, bytes(text) + chance.choice((b"\xff", b",", b"\x00"))
    body = msgspec.json.decode(text)
    holder = body
    while isinstance(holder, dict) and chance.random() < 0.6:
        inner = [value for value in holder.values() if isinstance(value, dict) and value]
        if not inner:
            break
        holder = chance.choice(inner)
    holder[chance.choice([*holder, "no such field"])] = chance.choice(JUNK)
    body["no such field either"] = chance.choice(JUNK)
    return path, msgspec.json.encode(body)


class Connection:
    """One HTTP/1.1 connection, written and read by hand: ten thousand requests through a client take long."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, key: str) -> None:
        self._reader = reader
        self._writer = writer
        self._head = (
            f"Host: x\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\nIdempotency-Key: k\r\n"
        )

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        head = f"POST /api/v1{path} HTTP/1.1\r\n{self._head}Content-Length: {len(body)}\r\n\r\n"
        self._writer.write(head.encode() + body)
        answer = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answer.partition(b"content-length: ")[2].split(b"\r\n")[0])
        return int(answer[9:12]), await self._reader.readexactly(length)

    def close(self) -> None:
        self._writer.close()


@pytest.mark.timeout(180)
async def test_ten_thousand_malformed_bodies(tmp_path: Path) -> None:
    chance = random.Random(20261125)
    sent = [malformed(chance) for _ in range(BODIES)]
    odd: list[Any] = []
    async with RunningCore(tmp_path) as core, serving(core.address, Settings(development=True)) as base:
        await core.source()
        key = core.operator.key or ""
        waiting = iter(sent)

        async def post_some() -> None:
            host, _, port = base.removeprefix("http://").partition(":")
            connection = Connection(*await asyncio.open_connection(host, int(port)), key)
            for path, body in waiting:
                status, answer = await connection.post(path, body)
                problem = msgspec.json.decode(answer)
                if not 400 <= status < 500 or problem.get("status") != status or not problem.get("reason"):
                    odd.append((path, body, status, answer))
            connection.close()

        with core.unchanged():
            await asyncio.gather(*(post_some() for _ in range(CONNECTIONS)))
        assert odd == []
