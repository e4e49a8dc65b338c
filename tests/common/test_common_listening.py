"""Serving over HTTP on a socket that one process hands to the next: no caller is turned away."""

import asyncio
import logging
import os
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web

from adapters.common import listening
from adapters.common.listening import Listen
from adapters.common.process import SettingError
from tests.support.waiting import eventually

NAME = "EXCHANGE_TEST_LISTEN"
LOG = logging.getLogger("tests.listening")


@pytest.fixture
def held() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def inheriting(held: socket.socket, monkeypatch: pytest.MonkeyPatch) -> Listen:
    """As a process that was handed the socket: with a descriptor of its own."""
    host, port = held.getsockname()
    monkeypatch.setenv(NAME, f"{host}:{port}")
    monkeypatch.setenv(f"{NAME}_FD", str(os.dup(held.fileno())))
    return Listen(NAME, "127.0.0.1:0")


@asynccontextmanager
async def serving(listen: Listen, name: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """Answers with its name, until it is told to stop."""

    async def answer(_: web.Request) -> web.Response:
        await asyncio.sleep(0.01)
        return web.Response(text=name)

    app = web.Application()
    app.router.add_get("/", answer)
    urls: list[str] = []
    stopping = asyncio.Event()
    task = asyncio.create_task(listening.serve(app, listen, stopping, on_ready=urls.append, finish_s=5.0, log=LOG))
    try:
        await eventually(lambda: urls or task.done())
        if task.done():
            await task
        yield urls[0], stopping
    finally:
        stopping.set()
        await asyncio.gather(task, return_exceptions=True)


async def test_the_next_takes_over_without_a_caller_noticing(
    held: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(inheriting(held, monkeypatch), "old") as (url, old):
        ending, answers = asyncio.Event(), dict.fromkeys(("old", "new"), 0)

        async def call() -> None:
            async with aiohttp.ClientSession() as session:
                while not ending.is_set():
                    async with session.get(url) as response:
                        answers[await response.text()] += 1

        calling = [asyncio.create_task(call()) for _ in range(8)]
        await eventually(lambda: answers["old"] > 20)
        async with serving(inheriting(held, monkeypatch), "new") as (same, _):
            assert same == url
            old.set()
            await eventually(lambda: answers["new"] > 20)
            before = answers["old"]
            await eventually(lambda: answers["new"] > 100)
            assert answers["old"] == before
            ending.set()
            await asyncio.gather(*calling)  # raises when one was turned away


async def test_what_waits_in_the_socket_is_answered_by_the_next(
    held: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    host, port = held.getsockname()
    async with aiohttp.ClientSession() as session:
        waiting = asyncio.create_task(session.get(f"http://{host}:{port}/"))
        await asyncio.sleep(0.05)
        async with serving(inheriting(held, monkeypatch), "new"), await waiting as response:
            assert await response.text() == "new"


async def test_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "127.0.0.1:0")
    async with serving(Listen(NAME, ""), "one") as (url, _), aiohttp.ClientSession() as session:
        async with session.get(url) as response:
            assert await response.text() == "one"
        monkeypatch.setenv(NAME, url.removeprefix("http://"))
        with pytest.raises(SettingError, match=f"{NAME}: cannot listen on 127.0.0.1:"):
            async with serving(Listen(NAME, ""), "two"):
                pass


@pytest.mark.parametrize("text", ["8080", ":8080", "host:", "host:99999", "host:x"])
def test_what_is_no_address_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, text)
    with pytest.raises(SettingError, match=f"{NAME} is "):
        Listen(NAME, "")
