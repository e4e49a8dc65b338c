"""No URL reaches inside the operator's network."""

import asyncio
import socket

import pytest

from adapters.common.egress import EgressError, PublicResolver, is_public, permitted, resolve

INNER = [
    "0.0.0.0",  # noqa: S104  nothing binds to it
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:db8::1",
    "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1", "fd00:ec2::254", "fdff::1", "fe80::1",
    "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "168.63.129.17",
    "172.15.255.255", "172.32.0.1", "192.167.0.1", "192.169.0.1", "223.255.255.255", "2606:4700::1111",
    "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "gopher://example.com/",
        "//example.com/",
        "example.com/path",
        "",
        "https://",
        "https:///path",
        "https://user@example.com/",
        "https://user:secret@example.com/",
        "https://example.com:99999/",
        "https://exa mple.com/",
        "https://example.com/a\r\nhost: b",
        "https://example.com\\@localhost/",
        "https://exa<mple.com/",
        "https://example.com/" + "x" * 2_048,
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:169.254.169.254]/",
        "https://169.254.169.254/latest/meta-data/",
    ],
)
def test_urls_that_must_not_be_called(url: str) -> None:
    with pytest.raises(EgressError):
        permitted(url, development=False)


@pytest.mark.parametrize(
    "url", ["https://example.com/a?b=c", "https://8.8.8.8:8443/", "https://b\u00fccher.example/\u00e9"]
)
def test_urls_that_may_be_called(url: str) -> None:
    assert permitted(url, development=False).scheme == "https"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "https://localhost/", "http://[::1]/"])
def test_development_allows_plain_http_and_loopback(url: str) -> None:
    assert permitted(url, development=True).raw_host


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "017700000001"])
async def test_names_and_odd_spellings_of_inner_addresses_are_refused_when_looked_up(host: str) -> None:
    with pytest.raises(EgressError, match="not a public address"):
        await resolve(host, 443, development=False)


async def test_one_inner_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", _answers("8.8.8.8", "10.0.0.7"))
    with pytest.raises(EgressError):
        await _on_plain_loop(development=False)
    assert len(await _on_plain_loop(development=True)) == 2


async def _on_plain_loop(*, development: bool) -> list[object]:
    """uvloop looks names up in C; the standard loop can be told what to find."""

    def run() -> list[object]:
        return list(asyncio.run(resolve("buyer.example", 443, development=development)))

    return await asyncio.to_thread(run)


def _answers(*addresses: str) -> object:
    def getaddrinfo(*_args: object, **_kwargs: object) -> list[object]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443)) for address in addresses]

    return getaddrinfo


async def test_what_the_resolver_hands_to_aiohttp_needs_no_second_look_up() -> None:
    with pytest.raises(EgressError):
        await PublicResolver(development=False).resolve("localhost", 443, socket.AF_UNSPEC)
    found = await PublicResolver(development=True).resolve("localhost", 443, socket.AF_INET)
    assert [(one["hostname"], one["host"], one["port"]) for one in found] == [("localhost", "127.0.0.1", 443)]
    assert found[0]["flags"] & socket.AI_NUMERICHOST


async def test_what_is_no_host_name_is_an_error_of_its_own() -> None:
    with pytest.raises(OSError, match=r".+"):
        await resolve("x" * 300, 443, development=False)
