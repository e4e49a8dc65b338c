"""TLS served natively, and settings that cannot be used."""

import asyncio
import datetime
import json
import os
import ssl
import sys
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.common.process import SettingError
from adapters.rest.settings import Settings, read_settings, tls


def certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate of localhost and its key, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    chain, private = folder / "chain.pem", folder / "key.pem"
    chain.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    encoding, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(encoding, form, serialization.NoEncryption()))
    return chain, private


async def test_served_over_tls(tmp_path: Path) -> None:
    chain, private = certificate(tmp_path)
    theirs = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.rest"),
        env=theirs
        | {
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "EXCHANGE_CORE": "127.0.0.1:1",
            "EXCHANGE_REST_LISTEN": "localhost:0",
            "EXCHANGE_REST_TLS_CERTIFICATE": str(chain),
            "EXCHANGE_REST_TLS_KEY": str(private),
        },
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        address = json.loads(await process.stdout.readline())["address"]
        assert address.startswith("https://localhost:")
        trust = ssl.create_default_context(cafile=str(chain))
        async with aiohttp.ClientSession() as session:
            async with session.get(f"{address}/api/v1/health/live", ssl=trust) as answer:
                assert answer.status == 200
            async with session.get(f"{address}/.well-known/oauth-authorization-server", ssl=trust) as answer:
                assert (await answer.json())["token_endpoint"] == f"{address}/oauth/token"
    finally:
        process.terminate()
        await process.communicate()


@pytest.mark.parametrize("value", ["10.0.0.0/99", "somewhere", "10.0.0.1/8"])
def test_proxy_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("EXCHANGE_REST_TRUSTED_PROXIES", value)
    with pytest.raises(SettingError, match="EXCHANGE_REST_TRUSTED_PROXIES"):
        read_settings()


def test_certificate_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("EXCHANGE_REST_TLS_CERTIFICATE", str(tmp_path / "none.pem"))
    with pytest.raises(SettingError, match="EXCHANGE_REST_TLS_CERTIFICATE"):
        tls()


def test_settings_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXCHANGE_REST_TRUSTED_PROXIES", "10.0.0.0/8, fd00::/8")
    monkeypatch.setenv("EXCHANGE_REST_CORS_ORIGINS", "https://a.example,https://b.example")
    monkeypatch.setenv("EXCHANGE_REST_PUBLIC_URL", "https://api.example/")
    settings = read_settings()
    assert [settings.trusts(peer) for peer in ("10.1.2.3", "fd00::1", "192.0.2.1", "", None)] == [
        True,
        True,
        False,
        False,
        False,
    ]
    assert settings.cors_origins == ("https://a.example", "https://b.example")
    assert settings.public_url == "https://api.example"
    assert Settings().trusted_proxies == ()
