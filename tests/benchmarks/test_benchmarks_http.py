"""The lean client and server answer for each other: every request that is counted was served."""

from collections import Counter

import msgspec

from benchmarks.harness import http
from benchmarks.parties.receiver import Receiver, taken


async def test_a_closed_load_counts_what_was_served_and_what_was_refused() -> None:
    served: Counter[bytes] = Counter()

    def answer(path: str, body: bytes) -> bytes:
        served[body] += 1
        return http.response("503 Service Unavailable" if body == b"3" else "200 OK", b"{}")

    bodies = iter(range(1_000_000))
    async with await http.serve(answer) as server:
        port = http.port_of(server)
        load = await http.ask(port, lambda: http.request("127.0.0.1", "/", b"%d" % next(bodies)), 0.05, connections=3)
    assert load.count + load.refused == served.total() > 3
    assert load.refused == served[b"3"] == 1
    assert set(served.values()) == {1}


async def test_a_fan_out_sends_each_port_its_message_at_each_arrival() -> None:
    served: Counter[bytes] = Counter()

    def answer(path: str, body: bytes) -> bytes:
        served[body] += 1
        return http.response("200 OK")

    async with await http.serve(answer) as first, await http.serve(answer) as second:
        ports = map(http.port_of, (first, second))
        messages = {port: http.request("127.0.0.1", "/", body) for port, body in zip(ports, (b"a", b"b"), strict=True)}
        load = await http.fan_out(messages, rate=500, seconds=0.1, connections=50)
    assert load.count == 100
    assert served == {b"a": 50, b"b": 50}


async def test_a_receiver_tells_what_it_took_once() -> None:
    body = msgspec.json.encode({"type": "lead.sold", "timestamp": "2026-03-01T09:30:00.250Z", "data": {}})
    async with await http.serve(Receiver().answer) as server:
        port = http.port_of(server)
        load = await http.ask(port, lambda: http.request("127.0.0.1", "/webhooks", body), 0.02, connections=2)
        first, second = await taken(port), await taken(port)
    assert (first.count, len(first.latencies_ms), first.sample.encode()) == (load.count, load.count, body)
    assert second.count == 0
