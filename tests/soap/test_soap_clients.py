"""Third-party SOAP clients call every operation of a running exchange, from nothing but its WSDL."""

import asyncio
import hashlib
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
import zeep
from zeep.wsse.username import UsernameToken

from adapters.soap.description import description
from adapters.soap.operations import OPERATIONS
from adapters.soap.shapes import NAMESPACE
from tests.soap.market import EXPECTED, missing, run, soap_market
from tests.support.exchange import RunningCore

HERE: Final = Path(__file__).parent
BUILD: Final = HERE.parents[1] / "build"
INSTALL_S: Final = 110.0


async def test_zeep(running: RunningCore) -> None:
    async with soap_market(running) as market:
        said = await asyncio.to_thread(Zeep(market).all)
    assert said == EXPECTED


def lead(email: str, state: str = "Texas") -> dict[str, Any]:
    values = {"zip": "78251", "state": state, "loan_purpose": "buy", "loan_amount": "$289,000.00"}
    return {
        "profile": {
            "vertical": "mortgage",
            "attribute": [{"name": name, "value": one} for name, one in values.items()],
        },
        "contact": {"firstName": "Kari", "email": email, "phone": "1 210.555.0169"},
    }


class Zeep:
    """The Python client."""

    def __init__(self, market: dict[str, str]) -> None:
        self._market = market
        self._said: list[str] = []

    def _client(self, wsse: Any = None, version: str = "Soap11") -> Any:
        client = zeep.Client(f"{self._market['URL']}?wsdl", wsse=wsse)
        return client.create_service(f"{{{NAMESPACE}}}LeadExchange{version}", self._market["URL"])

    def _say(self, name: str, value: object) -> None:
        self._said.append(f"{name}: {value}\n")

    def all(self) -> str:
        """Every operation; what it comes to, a line each."""
        self._say("health", self._client().Health())
        lead_id = self._source(self._client(UsernameToken("any", self._market["SOURCE_KEY"])))
        self._buyer(self._client(UsernameToken("any", self._market["BUYER_KEY"]), "Soap12"), lead_id)
        user, password = self._market["DIGEST_USER"], self._market["DIGEST_PASSWORD"]
        digest = self._client(UsernameToken(user, password, use_digest=True))
        self._say("digest", digest.SubmitLead(**lead("d@example.com")).status)
        self._say("basic", self._basic(lead_id))
        return "".join(self._said)

    def _source(self, source: Any) -> str:
        ping = source.Ping(profile=lead("")["profile"])
        self._say("ping", ping.offer.payout.amount)
        assert ping.offer.payout.amount == Decimal("8.00")
        post = source.Post(pingId=ping.pingId, contact=lead("a@example.com")["contact"])
        self._say("post", f"{post.status} {post.payout.amount}")
        submitted = source.SubmitLead(**lead("b@example.com"))
        self._say("submit", f"{submitted.status} {submitted.payout.amount}")
        found = source.GetLead(leadId=submitted.leadId)
        self._say("lead", f"{found.status} {found.contact.phone}")
        self._say("trace", source.GetAuctionTrace(auctionId=submitted.leadId).status)
        self._say("not found", reason(lambda: source.GetLead(leadId="lead_none")))
        self._say("invalid", reason(lambda: source.SubmitLead(**lead("c@example.com", "Texass"))))
        return str(submitted.leadId)

    def _buyer(self, buyer: Any, lead_id: str) -> None:
        fetched = buyer.FetchLeads()
        self._say("fetch", len(fetched.lead))
        self._say("claim", len(buyer.ClaimLeads(maxLeads=1).lead))
        taken = buyer.AcknowledgeLeads(leadId=[one.id for one in fetched.lead])
        self._say("acknowledge", taken.acknowledged)
        self._say("fetch again", len(buyer.FetchLeads().lead))
        results = buyer.UpdateDispositions(
            disposition=[
                {"leadId": lead_id, "kind": "contacted", "quality": 4},
                {"leadId": "lead_none", "kind": "contacted"},
            ]
        )
        self._say("disposition", " ".join(one.error.reason if one.error else one.disposition.kind for one in results))
        results = buyer.RequestReturns(leadReturn=[{"leadId": lead_id, "reason": "duplicate", "note": "had it"}])
        self._say("return", " ".join(one.leadReturn.state for one in results))

    def _basic(self, lead_id: str) -> str:
        import requests

        with requests.Session() as session:
            session.auth = ("any", self._market["SOURCE_KEY"])
            client = zeep.Client(f"{self._market['URL']}?wsdl", transport=zeep.Transport(session=session))
            return str(client.service.GetLead(leadId=lead_id).status)


def reason(call: Any) -> str:
    """Why a call is refused, from the typed detail."""
    with pytest.raises(zeep.exceptions.Fault) as caught:
        call()
    (detail,) = caught.value.detail
    fields = detail.findall("lx:fieldError/lx:field", {"lx": NAMESPACE})
    return " ".join([detail.findtext("lx:reason", None, {"lx": NAMESPACE}), *(field.text for field in fields)])


async def test_zeep_finds_every_operation(running: RunningCore) -> None:
    async with soap_market(running) as market:
        client = await asyncio.to_thread(zeep.Client, f"{market['URL']}?wsdl")
    for port in client.wsdl.services["LeadExchange"].ports.values():
        assert set(port.binding._operations) == {operation.name for operation in OPERATIONS}


@pytest.mark.xdist_group("npm")
async def test_node_soap(running: RunningCore) -> None:
    if not shutil.which("npm"):
        pytest.skip(missing("npm"))
    directory = BUILD / "soap-node"
    shutil.copytree(HERE / "node", directory, dirs_exist_ok=True)
    if not (directory / "node_modules" / ".package-lock.json").exists():
        await run("npm", "ci", "--no-audit", "--no-fund", directory=directory, most_s=INSTALL_S)
    async with soap_market(running) as market:
        assert await run("node", "client.js", directory=directory, environment=market) == EXPECTED


@pytest.mark.timeout(600)  # the first run fetches CXF and generates the classes
@pytest.mark.xdist_group("mvn")
async def test_apache_cxf(running: RunningCore) -> None:
    if not shutil.which("mvn") or not shutil.which("java"):
        pytest.skip(missing("mvn"))
    directory = BUILD / "soap-java"
    await compiled(directory)
    classes = f"{directory / 'target' / 'classes'}:{(directory / 'classpath.txt').read_text()}"
    async with soap_market(running) as market:
        said = await run("java", "-cp", classes, "Main", directory=directory, environment=market)
    assert said == EXPECTED


async def compiled(directory: Path) -> None:
    """Generates and compiles the classes, unless it was done for this WSDL and program before."""
    made_of = laid_out(directory)
    done = directory / "made_of.txt"
    if done.exists() and done.read_text() == made_of:
        return
    goals = ("compile", "dependency:build-classpath", "-Dmdep.outputFile=classpath.txt")
    await run("mvn", "-q", "-B", "-ntp", *goals, directory=directory, most_s=540)
    done.write_text(made_of)


def laid_out(directory: Path) -> str:
    """Puts the Java project there, with the WSDL; answers with a hash of it all."""
    shutil.copytree(HERE / "java", directory, dirs_exist_ok=True)
    (directory / "leadexchange.wsdl").write_bytes(description().wsdl("http://localhost/soap"))
    files = [directory / name for name in ("leadexchange.wsdl", "pom.xml", "src/main/java/Main.java")]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()
