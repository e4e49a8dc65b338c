"""Where the cores are: lists, names and files, and what becomes of them when they cannot be read."""

import socket
from pathlib import Path
from typing import Any

import pytest

from adapters.common import cores
from adapters.common.cores import Cores, split
from adapters.common.process import SettingError


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("127.0.0.1:50051", ["127.0.0.1:50051"]),
        ("a.example:1, b.example:2 ,a.example:1,", ["a.example:1", "b.example:2"]),
        ("[::1]:50051", ["[::1]:50051"]),
    ],
)
def test_a_list_is_taken_apart(text: str, found: list[str]) -> None:
    assert split(text) == found


@pytest.mark.parametrize(
    "text", ["", " , ", "a.example", "a.example:", "a:0", "a:70000", "a:1,b", "::1:50051", "a b:1"]
)
def test_what_is_no_list_is_refused(text: str) -> None:
    with pytest.raises(SettingError, match="EXCHANGE_CORE"):
        Cores(text)


async def test_a_name_is_every_address_that_it_resolves_to(monkeypatch: pytest.MonkeyPatch) -> None:
    names = {"core.example": ["10.0.0.1", "10.0.0.2"], "six.example": ["2001:db8::1"]}

    async def look_up(_: object, host: str, port: int, **__: object) -> list[Any]:
        if host not in names:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return [(socket.AF_INET, 1, 6, "", (address, port)) for address in names[host]]

    monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", look_up)
    where = Cores("core.example:1,six.example:2,gone.example:3")
    assert await where.now() == ("10.0.0.1:1", "10.0.0.2:1", "[2001:db8::1]:2")
    names["core.example"] = ["10.0.0.3"]
    assert await where.now() == ("10.0.0.3:1", "[2001:db8::1]:2")
    del names["core.example"]  # its server of names is away: it is where it was
    assert await where.now() == ("10.0.0.3:1", "[2001:db8::1]:2")


async def test_a_file_is_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cores, "_LOOK_S", 0.01)
    file = tmp_path / "cores"
    file.write_text("127.0.0.1:1\n")
    monkeypatch.setenv("EXCHANGE_CORE_FILE", str(file))
    monkeypatch.delenv("EXCHANGE_CORE", raising=False)
    changes = cores.from_settings().changes()
    assert await anext(changes) == ("127.0.0.1:1",)
    file.write_text("127.0.0.1:2,127.0.0.1:1")
    assert await anext(changes) == ("127.0.0.1:1", "127.0.0.1:2")
    file.write_text("")  # nothing to be read from it: they are where they were
    with pytest.raises(SettingError, match="EXCHANGE_CORE is empty"):
        cores.from_settings()
    file.write_text("127.0.0.1:3")
    assert await anext(changes) == ("127.0.0.1:3",)
