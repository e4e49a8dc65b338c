"""The HTTP transport over TLS; on both event loops."""

import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.gateway.call import Answer, Failure
from tests.gateway.caller import calling
from tests.gateway.raw_server import RawServer, always, ok


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's context with a certificate for 127.0.0.1, and a client's that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "buyer")])
    now = datetime.datetime.now(datetime.UTC)
    signed = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now.replace(year=2100))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = tmp_path / "buyer.pem"
    pem.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + signed.public_bytes(serialization.Encoding.PEM)
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))


async def test_speaks_tls_and_keeps_the_connection(certificate: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    serving, trusting = certificate
    async with calling(tls=trusting) as caller, RawServer.serving(always(ok()), serving) as server:
        endpoint = caller.endpoint(server.port, "https")
        answers = [await caller.post(endpoint) for _ in range(3)]
    assert answers == [Answer(status=200, body=b'{"price":1}')] * 3
    assert server.connections == 1


async def test_sends_nothing_to_who_shows_no_good_certificate(
    certificate: tuple[ssl.SSLContext, ssl.SSLContext],
) -> None:
    async with calling() as caller, RawServer.serving(always(ok()), certificate[0]) as server:
        answer = await caller.post(caller.endpoint(server.port, "https"))
    assert answer == Answer(failure=Failure.UNREACHABLE, sent=False)
    assert server.requests == []
