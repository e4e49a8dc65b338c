"""No URL reaches inside the operator's network."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator, Callable
from ipaddress import ip_network

import pytest

from adapters.common.addresses import is_public, within
from adapters.common.egress import Egress, EgressError, from_settings
from adapters.common.names import AddressInfo, Names, system
from adapters.common.process import SettingError
from adapters.common.proxy import Proxy, ProxyError

INNER = [
    "0.0.0.0",  # noqa: S104  nothing binds to it
    "0.1.2.3", "10.0.0.1", "10.255.255.255", "100.64.0.1", "100.100.100.200", "100.127.255.255",
    "127.0.0.1", "127.1.2.3", "168.63.129.16", "169.254.0.1", "169.254.169.254", "169.254.170.2", "172.16.0.1",
    "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1", "192.88.99.1", "192.168.0.1", "192.168.255.255",
    "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1", "239.255.255.255", "240.0.0.1",
    "255.255.255.255", "::", "::1", "::7f00:1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
    "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "100::1", "2001::1", "2001:db8::1",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2", "2002:7f00:1::1", "2002:808:808::1", "3fff::1", "5f00::1", "fc00::1",
    "fd00:ec2::254", "fdff::1", "fe80::1", "fe80::1%eth0", "fec0::1", "ff02::1", "4000::1",
]  # fmt: skip

PUBLIC = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "168.63.129.17",
    "172.15.255.255", "172.32.0.1", "192.167.0.1", "192.169.0.1", "223.255.255.255", "2606:4700::1111",
    "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8",
]  # fmt: skip

LookUp = Callable[[str, int], list[AddressInfo]]


def answers(*addresses: str) -> LookUp:
    def look_up(_host: str, port: int) -> list[AddressInfo]:
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    return look_up


@pytest.mark.parametrize("address", INNER)
def test_inner_addresses(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize("address", [address for address in INNER if "%" not in address])
def test_urls_of_inner_addresses_must_not_be_called(address: str) -> None:
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(EgressError):
        Egress().permitted(f"https://{host}/hook")


@pytest.mark.parametrize("address", INNER)
async def test_names_of_inner_addresses_must_not_be_called(address: str) -> None:
    with pytest.raises(EgressError, match="not a public address"):
        await Egress(names=Names(answers(address))).dial("buyer.example", 443)


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
        "https://[fe80::1%25eth0]/",
        "https://[fe80::1%eth0]/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0X7F.1/",
        "https://017700000001/",
        "https://127.1/",
        "https://127.0.0.1./",
        "https://0177.0.0.1/",
        "https://1.2.3.4.5/",
        "https://8.8.8.0x8/",
        "https://134744072/",
    ],
)
def test_urls_that_must_not_be_called(url: str) -> None:
    with pytest.raises(EgressError):
        Egress().permitted(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a?b=c",
        "https://8.8.8.8:8443/",
        "https://[2606:4700::1111]/",
        "https://b\u00fccher.example/\u00e9",
        "https://4.example/",
        "https://0x7f.example/",
    ],
)
def test_urls_that_may_be_called(url: str) -> None:
    assert Egress().permitted(url).scheme == "https"


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/", "https://localhost/", "http://[::1]/"])
def test_development_allows_plain_http_and_loopback(url: str) -> None:
    assert Egress(development=True).permitted(url).raw_host


def test_the_operators_networks_may_be_called_and_no_other() -> None:
    egress = Egress(allowed=(ip_network("10.1.0.0/16"), ip_network("fd00::/64")))
    for host in ("10.1.2.3", "[::ffff:10.1.2.3]", "[fd00::7]", "8.8.8.8"):
        assert egress.permitted(f"https://{host}/").raw_host
    for host in ("10.2.0.1", "[fd00:0:0:1::7]", "127.0.0.1"):
        with pytest.raises(EgressError):
            egress.permitted(f"https://{host}/")
    with pytest.raises(EgressError, match="not HTTPS"):
        egress.permitted("http://10.1.2.3/")
    assert within("64:ff9b::10.1.2.3", (ip_network("10.1.0.0/16"),))


@pytest.mark.parametrize("host", ["localhost", "127.1", "0x7f000001", "2130706433", "017700000001"])
async def test_names_and_odd_spellings_of_inner_addresses_are_refused_when_looked_up(host: str) -> None:
    with pytest.raises(EgressError, match="not a public address"):
        await Egress().dial(host, 443)


async def test_one_inner_address_among_public_ones_is_enough() -> None:
    names = Names(answers("8.8.8.8", "10.0.0.7"))
    with pytest.raises(EgressError):
        await Egress(names=names).dial("buyer.example", 443)
    assert len(await Egress(development=True, names=names).resolve("buyer.example", 443)) == 2


@pytest.mark.parametrize("host", ["x" * 300, "no-such-host.invalid"])
async def test_what_has_no_address_is_an_error_of_its_own(host: str) -> None:
    with pytest.raises(OSError, match=r".+") as caught:
        await Egress().dial(host, 443)
    assert not isinstance(caught.value, EgressError)


@pytest.fixture
async def listening() -> AsyncIterator[tuple[int, list[bytes]]]:
    """A proxy on loopback that opens every tunnel and says so, then echoes; and what it was asked for."""
    asked: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        refused = b"CONNECT 8.8.4.4:" in asked[-1]
        writer.write(
            b"HTTP/1.1 403 No\r\n\r\n" if refused else b"HTTP/1.1 200 Connection established\r\nvia: 1\r\n\r\n"
        )
        writer.write(await reader.read(100))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], asked
    server.close()


async def test_a_name_that_changes_its_answer_is_dialled_where_it_was_checked(
    listening: tuple[int, list[bytes]],
) -> None:
    """DNS rebinding: the first answer is public, the second is loopback. The second is never asked for by a dial."""
    turns = iter([answers("8.8.8.8"), answers("127.0.0.1")])
    looked_up = []

    def rebinding(host: str, port: int) -> list[AddressInfo]:
        looked_up.append(host)
        return next(turns)(host, port)

    egress = Egress(names=Names(rebinding), proxy=Proxy("127.0.0.1", listening[0]))
    (await egress.dial("rebind.example", 443)).close()
    assert looked_up == ["rebind.example"]
    assert listening[1][0].startswith(b"CONNECT 8.8.8.8:443 HTTP/1.1\r\nhost: 8.8.8.8:443\r\n")
    with pytest.raises(EgressError, match="127"):
        await egress.dial("rebind.example", 443)
    assert len(listening[1]) == 1


async def test_the_proxy_carries_bytes_both_ways_and_is_told_who_calls(listening: tuple[int, list[bytes]]) -> None:
    proxy = Proxy.parse(f"http://lx:s%40crt@127.0.0.1:{listening[0]}")
    sock = await Egress(names=Names(answers("2606:4700::1111")), proxy=proxy).dial("buyer.example", 443)
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, b"hello")
    assert await loop.sock_recv(sock, 100) == b"hello"
    sock.close()
    assert b"CONNECT [2606:4700::1111]:443 " in listening[1][0]
    assert b"proxy-authorization: Basic bHg6c0BjcnQ=\r\n" in listening[1][0]


async def test_a_proxy_that_opens_no_tunnel_is_tried_for_the_next_address(listening: tuple[int, list[bytes]]) -> None:
    proxy = Proxy("127.0.0.1", listening[0])
    (await Egress(names=Names(answers("8.8.4.4", "8.8.8.8")), proxy=proxy).dial("buyer.example", 443)).close()
    with pytest.raises(ProxyError, match="the proxy answered 403"):
        await Egress(names=Names(answers("8.8.4.4")), proxy=proxy).dial("buyer.example", 443)


async def test_a_name_that_many_wait_for_is_looked_up_once_and_a_silent_one_holds_up_no_other() -> None:
    silent, looked_up = threading.Event(), []

    def look_up(host: str, port: int) -> list[AddressInfo]:
        looked_up.append(host)
        if host == "silent.example":
            silent.wait(20)
        return answers("8.8.8.8")(host, port)

    names = Names(look_up)
    waiting = [asyncio.create_task(names.find("silent.example", 443)) for _ in range(50)]
    await asyncio.sleep(0)
    assert await names.find("brisk.example", 443)
    waiting[0].cancel()
    silent.set()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert looked_up == ["silent.example", "brisk.example"]
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [answers("8.8.8.8")("silent.example", 443)] * 49


def test_the_systems_own_look_up() -> None:
    assert ("127.0.0.1", 443) in [info[4] for info in system("localhost", 443)]


def test_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_EGRESS_ALLOW", "10.1.0.0/16, fd00::/64")
    monkeypatch.setenv("EXCHANGE_EGRESS_PROXY", "http://proxy.internal:3128")
    assert from_settings().permitted("https://10.1.2.3/").raw_host == "10.1.2.3"
    monkeypatch.delenv("EXCHANGE_EGRESS_ALLOW")
    with pytest.raises(EgressError):
        from_settings().permitted("https://10.1.2.3/")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("EXCHANGE_EGRESS_ALLOW", "10.1.0.0/33"),
        ("EXCHANGE_EGRESS_ALLOW", "10.1.2.3/16"),
        ("EXCHANGE_EGRESS_PROXY", "socks5://proxy:1080"),
        ("EXCHANGE_EGRESS_PROXY", "http://proxy"),
        ("EXCHANGE_EGRESS_PROXY", "http://hunter2@proxy:99999"),
    ],
)
def test_settings_at_fault_are_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingError, match=name) as caught:
        from_settings()
    assert "hunter2" not in str(caught.value)
