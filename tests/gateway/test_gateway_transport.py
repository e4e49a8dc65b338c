"""The HTTP transport against servers that answer well, badly, late and not at all; on both event loops."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.common.egress import Egress, EgressError
from adapters.gateway.call import Answer, Failure
from adapters.gateway.transport import Transport, header
from tests.gateway.caller import Caller, calling
from tests.gateway.raw_server import RawServer, always, ok


@pytest.fixture
async def caller() -> AsyncIterator[Caller]:
    async with calling() as ready:
        yield ready


async def test_sends_one_well_formed_request(caller: Caller) -> None:
    async with RawServer.serving(always(ok())) as server:
        endpoint = caller.endpoint(server.port, **{"X-Api-Key": "k 1", "User-Agent": "other"})
        deadline = asyncio.get_running_loop().time() + 2
        answer = await caller.transport.call(endpoint, b'{"a":1}', deadline, header("idempotency-key", "post_1"))
    assert answer == Answer(status=200, body=b'{"price":1}')
    assert server.requests == [
        b"POST /p?a=b HTTP/1.1\r\nhost: 127.0.0.1:%d\r\nuser-agent: other\r\ncontent-type: application/json\r\n"
        b"accept: application/json\r\nx-api-key: k 1\r\nidempotency-key: post_1\r\ncontent-length: 7\r\n\r\n"
        b'{"a":1}' % server.port
    ]


@pytest.mark.parametrize(
    ("parts", "status", "body"),
    [
        ((ok(b'{"price":2}')[:20], ok(b'{"price":2}')[20:-3], b":2}"), 200, b'{"price":2}'),
        ((b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n4\r\n{\"a\"", b"\r\n3\r\n:1}\r\n0\r\n\r\n"), 200,
         b'{"a":1}'),
        ((b"HTTP/1.1 204 No Content\r\n\r\n",), 204, b""),
        ((b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n",), 302, b""),
        ((b"HTTP/1.1 503 Busy\r\ncontent-length: 2\r\n\r\nno",), 503, b"no"),
        ((b"HTTP/1.1 100 Continue\r\n\r\n", ok()), 200, b'{"price":1}'),
        ((b"HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n" + ok(),), 200, b'{"price":1}'),
    ],
)  # fmt: skip
async def test_reads_an_answer_and_keeps_the_connection(
    caller: Caller, parts: tuple[bytes, ...], status: int, body: bytes
) -> None:
    async with RawServer.serving(always(*parts)) as server:
        endpoint = caller.endpoint(server.port)
        answers = [await caller.post(endpoint) for _ in range(3)]
    assert answers == [Answer(status=status, body=body)] * 3
    assert server.connections == 1


@pytest.mark.parametrize(
    ("parts", "close"),
    [
        ((b"HTTP/1.1 200 OK\r\n\r\n{\"price\":", b"1}"), True),
        ((b"HTTP/1.0 200 OK\r\n\r\n{\"price\":1}",), True),
        ((ok(b'{"price":1}', b"connection: close\r\n"),), False),
        ((b"HTTP/1.0 200 OK\r\ncontent-length: 11\r\n\r\n{\"price\":1}",), False),
    ],
)  # fmt: skip
async def test_reads_an_answer_that_ends_its_connection(caller: Caller, parts: tuple[bytes, ...], close: bool) -> None:
    async with RawServer.serving(always(*parts, close=close)) as server:
        endpoint = caller.endpoint(server.port)
        answers = [await caller.post(endpoint) for _ in range(2)]
    assert answers == [Answer(status=200, body=b'{"price":1}')] * 2
    assert server.connections == 2


@pytest.mark.parametrize(
    "parts",
    [
        (b"220 smtp.example.com ESMTP\r\n",),
        (b"HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n",),
        (ok(b" " * (64 * 1024 + 1)),),
        (b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + b"8000\r\n" + b" " * 0x8000 + b"\r\n",) * 3,
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 20_000,),
        (b"HTTP/1.1 100 Continue\r\n\r\n" * 5_000,),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n",),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\ncontent-length: 4\r\n\r\n",),
    ],
    ids=["not http", "upgrade", "body too large", "chunks too large", "headers", "interim", "smuggling", "lengths"],
)
async def test_what_is_not_an_answer_breaks_the_connection(caller: Caller, parts: tuple[bytes, ...]) -> None:
    async with RawServer.serving(always(*parts)) as server:
        assert await caller.post(caller.endpoint(server.port)) == Answer(failure=Failure.BROKEN)


async def test_a_connection_that_ends_before_the_answer_is_broken(caller: Caller) -> None:
    async with RawServer.serving(always(ok()[:10], close=True)) as server:
        assert await caller.post(caller.endpoint(server.port)) == Answer(failure=Failure.BROKEN)


async def test_a_second_answer_to_one_request_is_never_given_to_the_next(caller: Caller) -> None:
    async with RawServer.serving(always(ok(b'{"price":1}') + ok(b'{"price":99}'))) as server:
        endpoint = caller.endpoint(server.port)
        together = await asyncio.gather(*(caller.post(endpoint) for _ in range(12)))
        after = await caller.post(endpoint)
    assert {answer.body for answer in (*together, after)} == {b'{"price":1}'}
    assert server.connections == 13


async def test_what_comes_unasked_on_an_idle_connection_ends_it(caller: Caller) -> None:
    async with RawServer.serving(always(ok(), ok(b'{"price":99}'))) as server:
        endpoint = caller.endpoint(server.port)
        first = await caller.post(endpoint)
        await asyncio.sleep(0.05)
        second = await caller.post(endpoint)
    assert (first.body, second.body, server.connections) == (b'{"price":1}', b'{"price":1}', 2)


async def test_a_silent_endpoint_times_out_and_holds_up_no_other(caller: Caller) -> None:
    async with RawServer.serving(always()) as silent, RawServer.serving(always(ok())) as good:
        waiting = [asyncio.create_task(caller.post(caller.endpoint(silent.port), timeout_s=0.3)) for _ in range(20)]
        answers = await asyncio.gather(*(caller.post(caller.endpoint(good.port)) for _ in range(20)))
        assert not any(task.done() for task in waiting)
        silences = await asyncio.gather(*waiting)
    assert {answer.body for answer in answers} == {b'{"price":1}'}
    assert {answer.failure for answer in silences} == {Failure.TIMEOUT}
    assert [answer.sent for answer in silences] == [True] * 4 + [False] * 16
    assert silent.connections == 4


async def test_an_endpoint_that_says_nothing_costs_few_connections_until_it_speaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("adapters.gateway.connection._DRAIN_S", 0.05)
    speaks = False

    async def answering(_server: RawServer, _request: bytes, writer: asyncio.StreamWriter) -> None:
        if speaks:
            writer.write(ok())

    async with RawServer.serving(answering) as server, calling(connections=64) as caller:
        endpoint = caller.endpoint(server.port)
        seen = []
        for _ in range(12):
            await asyncio.gather(*(caller.post(endpoint, timeout_s=0.05) for _ in range(32)))
            await asyncio.sleep(0.06)
            seen.append(server.connections)
        assert seen[-1] - seen[5] <= 6 * 8
        speaks = True
        while (await caller.post(endpoint, timeout_s=0.5)).failure:
            pass
        answers = await asyncio.gather(*(caller.post(endpoint) for _ in range(32)))
    assert {answer.failure for answer in answers} == {None}


async def test_a_late_answer_is_drained_and_its_connection_used_again() -> None:
    async def answering(server: RawServer, _request: bytes, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.6 if len(server.requests) == 1 else 0)
        writer.write(ok(b'{"price":%d}' % len(server.requests)))

    async with calling(connections=1) as caller, RawServer.serving(answering) as server:
        endpoint = caller.endpoint(server.port)
        assert await caller.post(endpoint, timeout_s=0.3) == Answer(failure=Failure.TIMEOUT)
        assert await caller.post(endpoint) == Answer(status=200, body=b'{"price":2}')
    assert server.connections == 1


async def test_a_connection_whose_answer_never_comes_is_given_up() -> None:
    async with calling(connections=1) as caller, RawServer.serving(always()) as server:
        endpoint = caller.endpoint(server.port)
        assert (await caller.post(endpoint, timeout_s=0.3)).sent
        assert not (await caller.post(endpoint, timeout_s=0.3)).sent
        assert (await caller.post(endpoint, timeout_s=2.0)).sent
    assert server.connections == 2


async def test_an_idle_connection_closed_by_the_other_side_is_replaced(caller: Caller) -> None:
    async with RawServer.serving(always(ok())) as server:
        endpoint = caller.endpoint(server.port)
        await caller.post(endpoint)
        server.hang_up()
        await asyncio.sleep(0.05)
        assert (await caller.post(endpoint)).status == 200
    assert server.connections == 2


async def test_a_call_that_meets_a_closing_connection_is_made_once_more(caller: Caller) -> None:
    async def answering(server: RawServer, _request: bytes, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 2:
            writer.close()  # as if it had been closed just before the request came
        else:
            writer.write(ok())

    async with RawServer.serving(answering) as server:
        endpoint = caller.endpoint(server.port)
        await caller.post(endpoint)
        assert (await caller.post(endpoint, b"again")).status == 200
    assert server.connections == 2
    assert [request.endswith(b"again") for request in server.requests] == [False, True, True]


async def test_a_call_on_a_new_connection_is_not_repeated(caller: Caller) -> None:
    async def answering(_server: RawServer, _request: bytes, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with RawServer.serving(answering) as server:
        assert await caller.post(caller.endpoint(server.port)) == Answer(failure=Failure.BROKEN)
    assert len(server.requests) == 1


async def test_nothing_is_sent_to_who_refuses_or_does_not_exist(caller: Caller) -> None:
    async with RawServer.serving(always()) as server:
        port = server.port
    refused = caller.endpoint(port)
    nowhere = caller.transport.endpoint("http://no-such-host.invalid/", {})
    unreachable = Answer(failure=Failure.UNREACHABLE, sent=False)
    assert await asyncio.gather(*(caller.post(refused) for _ in range(9))) == [unreachable] * 9
    assert await caller.post(nowhere, timeout_s=10) == unreachable


async def test_a_queue_that_is_full_refuses_at_once() -> None:
    async with calling(connections=1) as caller, RawServer.serving(always()) as server:
        endpoint = caller.endpoint(server.port)
        answers: list[Answer] = []
        deadline = asyncio.get_running_loop().time() + 30
        for _ in range(1_030):
            caller.transport.send(endpoint, b"{}", deadline, answers.append)
        assert answers == [Answer(failure=Failure.UNREACHABLE, sent=False)] * 6


async def test_closing_fails_what_is_under_way(caller: Caller) -> None:
    async def answering(server: RawServer, _request: bytes, writer: asyncio.StreamWriter) -> None:
        if len(server.requests) == 1:
            writer.write(ok())

    async with RawServer.serving(answering) as server:
        endpoint = caller.endpoint(server.port)
        await caller.post(endpoint)
        waiting = [asyncio.create_task(caller.post(endpoint, timeout_s=60)) for _ in range(6)]
        while len(server.requests) < 5:  # noqa: ASYNC110  the server has no event for it
            await asyncio.sleep(0.01)
        caller.transport.close()
        answers = await asyncio.gather(*waiting)
        await asyncio.sleep(0.05)
    assert {answer.failure for answer in answers} == {Failure.BROKEN, Failure.UNREACHABLE}
    assert server.connections == 4


async def test_outside_development_addresses_are_checked_where_they_are_dialled() -> None:
    transport = Transport(connections=1, egress=Egress())
    caller = Caller(transport)
    try:
        for url in ("http://example.com/", "https://127.0.0.1/", "https://user:secret@example.com/"):
            with pytest.raises(EgressError):
                transport.endpoint(url, {})
        named = transport.endpoint("https://localhost:1/", {})
        assert await caller.post(named) == Answer(failure=Failure.UNREACHABLE, sent=False)
    finally:
        transport.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [("x", "a\r\nb: c"), ("x", "a\nb"), ("x", "a\0"), ("x", "caf\u00e9"), ("x y", "a"), ("x:", "a"), ("", "a")],
)
def test_a_header_cannot_break_out_of_its_line(name: str, value: str) -> None:
    with pytest.raises(ValueError, match="header"):
        header(name, value)


@pytest.mark.parametrize("name", ["Host", "Content-Length", "Transfer-Encoding", "connection"])
async def test_headers_that_frame_the_message_are_not_a_buyers_to_set(caller: Caller, name: str) -> None:
    with pytest.raises(ValueError, match="the gateway's to set"):
        caller.endpoint(1, **{name: "1"})
