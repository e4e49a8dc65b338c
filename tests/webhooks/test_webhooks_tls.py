"""Deliveries over TLS: whose certificate is taken, and whom we show ours."""

import asyncio
import ssl
from pathlib import Path

import pytest

from adapters.webhooks.connector import client_context
from leadexchange.v1.delivery_pb2 import DeliveryTarget
from leadexchange.v1.endpoint_pb2 import ClientCertificate, EndpointAuth
from tests.webhooks.certificates import Authority
from tests.webhooks.endpoints import answer, attempt, endpoint, sending, target
from tests.webhooks.scripted_outbox import delivery


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """Trusted, as the system's own store is."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


def mutual(authority: Authority) -> DeliveryTarget:
    certificate, key = authority.pair("exchange")
    pair = ClientCertificate(certificate_pem=certificate, private_key_pem=key)
    return target(EndpointAuth(client_certificate=pair))


async def test_a_good_certificate_is_taken_and_the_connection_kept(authority: Authority) -> None:
    async with endpoint(answer("204 No Content"), tls=authority.server()) as serving, sending() as sender:
        reports = [await sender.attempt(delivery(number, serving.url), target()) for number in range(3)]
    assert [report.status_code for report in reports] == [204] * 3
    assert serving.connections == 1


async def test_what_nobody_vouches_for_is_sent_nothing(tmp_path: Path) -> None:
    async with endpoint(answer("204 No Content"), tls=Authority(tmp_path).server()) as serving:
        report = await attempt(serving.url)
    assert (report.status_code, report.error) == (0, "tls")
    assert serving.requests == []


@pytest.mark.parametrize("bad", [{"host": "elsewhere.example"}, {"host": "127.0.0.2"}, {"ends_in_days": -1}])
async def test_a_certificate_for_another_or_out_of_date_is_not_taken(authority: Authority, bad: dict[str, str]) -> None:
    async with endpoint(answer("204 No Content"), tls=authority.server(**bad)) as serving:  # type: ignore[arg-type]
        report = await attempt(serving.url)
    assert (report.status_code, report.error) == (0, "tls")
    assert serving.requests == []


async def test_a_plain_endpoint_behind_https_is_a_tls_error() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        assert (await attempt(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/")).error == "tls"


async def test_old_protocols_are_not_spoken(authority: Authority) -> None:
    context = authority.server()
    with pytest.warns(DeprecationWarning, match="deprecated"):
        context.maximum_version = ssl.TLSVersion.TLSv1_1
    async with endpoint(answer("204 No Content"), tls=context) as serving:
        assert (await attempt(serving.url)).error == "tls"


async def test_a_client_certificate_is_shown_to_who_asks(authority: Authority) -> None:
    async with endpoint(answer("200 OK"), tls=authority.server(clients=True)) as serving, sending() as sender:
        to = mutual(authority)
        reports = [await sender.attempt(delivery(number, serving.url), to) for number in range(2)]
        without = await sender.attempt(delivery(3, serving.url), DeliveryTarget(id="ep_b.1", timeout_ms=2_000))
    assert [report.status_code for report in reports] == [200, 200]
    assert without.status_code == 0
    assert without.error in ("tls", "connect")  # it is told after the handshake, if the alert arrives before the reset
    assert len(serving.requests) == 2


async def test_each_target_has_its_own_connections(authority: Authority) -> None:
    async with endpoint(answer("200 OK"), tls=authority.server()) as serving, sending() as sender:
        assert (await sender.attempt(delivery(1, serving.url), mutual(authority))).status_code == 200
        other = DeliveryTarget(id="ep_b.1", timeout_ms=2_000)
        assert (await sender.attempt(delivery(2, serving.url), other)).status_code == 200
    assert serving.connections == 2


async def test_a_client_certificate_does_not_loosen_whom_we_trust(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    async with endpoint(answer("200 OK"), tls=authority.server(clients=True)) as serving:
        assert (await attempt(serving.url, mutual(authority))).error == "tls"


@pytest.mark.parametrize("fault", ["rubbish", "no key", "another key", "not ascii"])
async def test_a_client_certificate_that_cannot_be_used_is_said(authority: Authority, fault: str) -> None:
    certificate, key = authority.pair("exchange")
    _, other = authority.pair("other")
    faults = {"rubbish": "rubbish", "no key": "", "another key": other, "not ascii": "\u00e9"}
    pair = ClientCertificate(certificate_pem=certificate, private_key_pem=faults[fault])
    report = await attempt("https://127.0.0.1:1/", target(EndpointAuth(client_certificate=pair)))
    assert (report.error, report.status_code) == ("credentials", 0)
    assert report.answer_body == "the client certificate and its private key cannot be used"
    assert "BEGIN" not in str(report)
    client_context(certificate, key)
