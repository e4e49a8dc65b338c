"""Buyers that answer pings over HTTP: `python -m benchmarks.parties.bidders GOOD SILENT`, each on a port of its own.

Good ones bid at once; silent ones take the ping and never answer.
"""

import asyncio
import sys

import msgspec
import uvloop

from benchmarks.harness import http


class Bidder:
    """One that bids at once. `GET /sample` tells the last ping it had."""

    def __init__(self, place: int) -> None:
        bid = {"price": f"{20 + place}.50", "reference": f"bid-{place}"}
        self._bid = http.response("200 OK", msgspec.json.encode(bid))
        self._sample = b""

    def answer(self, path: str, body: bytes) -> bytes:
        """Bids."""
        if path == "/sample":
            return http.response("200 OK", self._sample)
        self._sample = body
        return self._bid


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
