"""The adapter as a process: settings, TLS, keys in clear, an orderly end."""

import asyncio
import json
import os
import signal
import ssl
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import aiohttp
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from grpc_health.v1.health_pb2 import HealthCheckResponse

from leadexchange.v1.lead_pb2 import LEAD_STATUS_SOLD
from leadexchange.v1.submission_service_pb2 import LeadOutcome, SubmitLeadResponse
from tests.rest.scripted_core import ScriptedCore
from tests.soap.wire import HEALTH, KEY, SUBMIT, Wire, envelope

pytestmark = pytest.mark.asyncio(loop_scope="module")
SUBMITTED = SubmitLeadResponse(outcome=LeadOutcome(lead_id="lead_1", auction_id="auc_1", status=LEAD_STATUS_SOLD))


async def start(**settings: str) -> asyncio.subprocess.Process:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("EXCHANGE_")}
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "adapters.soap"),
        env=environment | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)} | settings,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@asynccontextmanager
async def process(core: ScriptedCore, **settings: str) -> AsyncIterator[tuple[asyncio.subprocess.Process, str]]:
    """The adapter, and where it serves."""
    running = await start(EXCHANGE_CORE=core.address, EXCHANGE_SOAP_LISTEN="127.0.0.1:0", **settings)
    try:
        assert running.stdout is not None
        ready = json.loads(await running.stdout.readline())
        assert ready["ready"] == "soap"
        yield running, ready["address"]
    finally:
        if running.returncode is None:
            running.kill()
        await running.communicate()


async def test_stops_in_order(core: ScriptedCore) -> None:
    core.script("SubmissionService/SubmitLead", SUBMITTED)
    core.free.clear()
    async with process(core) as (running, address), aiohttp.ClientSession() as session:
        assert address.endswith("/soap")
        sending = asyncio.create_task(Wire(address, session, core)(envelope(SUBMIT)))
        await core.called.wait()
        running.send_signal(signal.SIGTERM)
        await asyncio.sleep(0.1)
        assert not sending.done()
        core.free.set()
        assert (await sending).status == 200
        assert await running.wait() == 0
        assert running.stderr is not None
        logged = (await running.stderr.read()).decode()
    assert "SubmitLead 200" in logged
    assert "Kari" not in logged
    assert KEY not in logged


async def test_tls(core: ScriptedCore, tmp_path: Path) -> None:
    certificate, key = certified(tmp_path)
    trust = ssl.create_default_context(cafile=str(certificate))
    core.script("Health/Check", HealthCheckResponse(status=HealthCheckResponse.SERVING))
    settings = {"EXCHANGE_SOAP_TLS_CERTIFICATE": str(certificate), "EXCHANGE_SOAP_TLS_KEY": str(key)}
    async with process(core, **settings) as (_, address):
        assert address.startswith("https://")
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
            wire = Wire(address, session, core)
            assert (await wire(envelope(HEALTH, ""))).status == 200
            assert address.encode() in (await wire.get("?wsdl")).body


async def test_the_wsdl_has_the_address_that_is_set(core: ScriptedCore) -> None:
    url = "https://soap.example"
    async with process(core, EXCHANGE_SOAP_PUBLIC_URL=url) as (_, address), aiohttp.ClientSession() as session:
        assert f'location="{url}/soap"'.encode() in (await Wire(address, session, core).get("?wsdl")).body


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({}, "EXCHANGE_CORE"),
        ({"EXCHANGE_CORE": "127.0.0.1:1", "EXCHANGE_SOAP_LISTEN": "8081"}, "EXCHANGE_SOAP_LISTEN"),
        ({"EXCHANGE_CORE": "127.0.0.1:1", "EXCHANGE_SOAP_LISTEN": "127.0.0.1:99999"}, "EXCHANGE_SOAP_LISTEN"),
        ({"EXCHANGE_CORE": "127.0.0.1:1", "EXCHANGE_SOAP_TLS_CERTIFICATE": "a.pem"}, "go together"),
        (
            {
                "EXCHANGE_CORE": "127.0.0.1:1",
                "EXCHANGE_SOAP_TLS_CERTIFICATE": "none.pem",
                "EXCHANGE_SOAP_TLS_KEY": "none.pem",
            },
            "EXCHANGE_SOAP_TLS_CERTIFICATE",
        ),
    ],
)
async def test_a_setting_at_fault_is_named(settings: dict[str, str], named: str) -> None:
    running = await start(**settings)
    _, errors = await running.communicate()
    assert running.returncode == 2
    assert named in errors.decode()


def certified(directory: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1, signed by itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "exchange")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = directory / "certificate.pem", directory / "secret.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paths
