"""Buyers that answer over HTTP: `python -m benchmarks.parties.bidders GOOD SILENT`, each on a port of its own.

Good ones bid at once, and take every lead that is posted; silent ones take the ping and never answer.
"""

import asyncio
import sys
from itertools import cycle
from typing import Final

import msgspec
import uvloop

from benchmarks.harness import http

_SPREAD: Final = 50
_ACCEPTED: Final = http.response("200 OK", b'{"status": "accepted"}')


class Bidder:
    """One that bids at once, at prices that go round, so that each wins now and then.

    `GET /sample` tells the last ping it had.
    """

    def __init__(self, place: int) -> None:
        prices = (f"{20 + (place * 13 + step * 7) % _SPREAD}.50" for step in range(_SPREAD))
        bids = ({"price": price, "reference": f"bid-{place}"} for price in prices)
        self._bids = cycle([http.response("200 OK", msgspec.json.encode(bid)) for bid in bids])
        self._sample = b""

    def answer(self, path: str, body: bytes) -> bytes:
        """Bids, or accepts."""
        if path == "/post":
            return _ACCEPTED
        if path == "/sample":
            return http.response("200 OK", self._sample)
        self._sample = body
        return next(self._bids)


async def main() -> None:
    """Serves until it is stopped."""
    good, silent = map(int, sys.argv[1:])
    servers = {
        "good": [await http.serve(Bidder(place).answer) for place in range(good)],
        "silent": [await http.serve(lambda _path, _body: None) for _ in range(silent)],
    }
    ports = {kind: list(map(http.port_of, some)) for kind, some in servers.items()}
    print(msgspec.json.encode(ports).decode(), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
