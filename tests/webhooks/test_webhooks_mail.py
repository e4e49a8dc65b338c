"""Deliveries by mail, taken by a real SMTP server with TLS and a login."""

import asyncio
import contextlib
import email
import email.policy
import json
import ssl
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from google.protobuf.timestamp_pb2 import Timestamp

from adapters.common.process import SettingError
from adapters.webhooks.mail import MailError, from_settings, mailbox
from leadexchange.v1.delivery_pb2 import Delivery, DeliveryMapping, DeliveryReport
from tests.webhooks.certificates import Authority
from tests.webhooks.endpoints import sending, target
from tests.webhooks.scripted_outbox import delivery

USER, PASSWORD = "lx@exchange.example", "p@ss:w/rd"
LOGIN = "lx%40exchange.example:p%40ss%3Aw%2Frd@"
LEAD = {
    "id": "lead_1",
    "vertical": "mortgage",
    "attributes": {"state": "TX", "zip": "78251", "loan_amount": 289000, "self_employed": False, "uses": ["a", "b"]},
    "contact": {
        "first_name": "Kari",
        "last_name": "N\u00fa\u00f1ez",
        "phone": "+12105550169",
        "more": {"best_time": "9"},
    },
    "consent": {"given_at": "2026-11-13T12:47:11Z", "ip": ""},
}
DATA = {"lead_id": "lead_1", "campaign_id": "texas", "price": "50.00", "currency": "USD", "lead": LEAD}


class Postbox:
    """An SMTP server's handler: keeps what it took, or refuses by script."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.tls: list[bool] = []
        self.refuse_recipient = self.refuse_data = ""
        self.port = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuse_recipient:
            return self.refuse_recipient
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.refuse_data:
            return self.refuse_data
        self.envelopes.append(envelope)
        assert server.transport
        self.tls.append(server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK: queued"

    def message(self, place: int = -1) -> EmailMessage:
        content = self.envelopes[place].content
        assert isinstance(content, bytes)
        message = email.message_from_bytes(content, policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        return message


def authenticate(_server: SMTP, _session: Session, _envelope: Envelope, mechanism: str, data: Any) -> AuthResult:
    assert isinstance(data, LoginPassword)
    right = (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=right)


# With TLS from the start, aiosmtpd does not know that there is TLS, and warns.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS:UserWarning")


@contextlib.asynccontextmanager
async def postbox(tls: ssl.SSLContext, *, starttls: bool = False) -> AsyncIterator[Postbox]:
    box = Postbox()
    loop = asyncio.get_running_loop()
    sessions: list[SMTP] = []

    def session() -> SMTP:
        sessions.append(
            SMTP(
                box,
                hostname="mail.example",
                tls_context=tls if starttls else None,
                require_starttls=starttls,
                auth_required=True,
                auth_require_tls=starttls,
                authenticator=authenticate,
                loop=loop,
            )
        )
        return sessions[-1]

    server = await loop.create_server(session, "127.0.0.1", 0, ssl=None if starttls else tls)
    box.port = server.sockets[0].getsockname()[1]
    try:
        yield box
    finally:
        server.close()
        for one in sessions:
            if one.transport:
                one.transport.close()


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    authority = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    monkeypatch.setenv("EXCHANGE_SMTP_FROM", "Lead Exchange <leads@exchange.example>")
    return authority.server()


def letter(data: Any = DATA, *, event_type: str = "lead.sold") -> Delivery:
    one = delivery(1, "mailto:desk%2Bleads@buyer.example")
    one.event_type = event_type
    one.content_type = "application/json"
    one.body = json.dumps({"type": event_type, "timestamp": "2026-03-01T09:30:00Z", "data": data}).encode()
    one.occurred_at.CopyFrom(Timestamp(seconds=1_772_357_400))
    return one


async def post(
    monkeypatch: pytest.MonkeyPatch, url: str, sent: Delivery | None = None, mapping: DeliveryMapping | None = None
) -> DeliveryReport:
    monkeypatch.setenv("EXCHANGE_SMTP_URL", url)
    async with sending(mailer=from_settings()) as sender:
        return await sender.attempt(sent or letter(), target(), mapping)


@pytest.mark.parametrize(("scheme", "starttls"), [("smtps", False), ("smtp+starttls", True)])
async def test_a_lead_by_mail(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, scheme: str, starttls: bool
) -> None:
    async with postbox(tls, starttls=starttls) as box:
        report = await post(monkeypatch, f"{scheme}://{LOGIN}127.0.0.1:{box.port}")
    assert (report.status_code, report.error, report.answer_body) == (250, "", "")
    assert box.tls == [True]
    assert box.envelopes[0].mail_from == "leads@exchange.example"
    assert box.envelopes[0].rcpt_tos == ["desk+leads@buyer.example"]
    message = box.message()
    assert message["from"] == "Lead Exchange <leads@exchange.example>"
    assert message["to"] == "desk+leads@buyer.example"
    assert message["subject"] == "New lead: mortgage, TX, 78251, lead_1"
    assert message["date"] == "Sun, 01 Mar 2026 09:30:00 -0000"
    assert message["message-id"] == "<evt_1@exchange.example>"
    text, data = message.iter_parts()
    assert isinstance(text, EmailMessage)
    assert text.get_content().replace("\r\n", "\n") == TEXT
    assert data.get_content_type() == "application/json"
    assert data.get_filename() == "event.json"
    assert data.get_payload(decode=True) == letter().body


TEXT = """\
New lead
========

Contact
  First name             Kari
  Last name              N\u00fa\u00f1ez
  Phone                  +12105550169
  More best time         9

Attributes
  State                  TX
  Zip                    78251
  Loan amount            289000
  Self employed          no
  Uses                   a, b

Consent
  Given at               2026-11-13T12:47:11Z

About
  Lead id                lead_1
  Campaign id            texas
  Price                  50.00
  Currency               USD
  Id                     lead_1
  Vertical               mortgage

Event evt_1, lead.sold
"""


async def test_a_repeat_has_the_same_message_id(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    async with postbox(tls) as box:
        for _ in range(2):
            await post(monkeypatch, f"smtps://{LOGIN}127.0.0.1:{box.port}")
    assert box.message(0)["message-id"] == box.message(1)["message-id"]


async def test_no_value_becomes_a_header_or_a_line(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    bad = "TX\r\nBcc: victim@example.com\r\n\r\nhello"
    data = {"lead_id": bad, "vertical": bad, "x\r\ny": bad, "list": [bad], "contact": {"first_name": bad}}
    sent = letter(data, event_type="lead.\r\nBcc: victim@example.com")
    sent.event_id = "evt_1>\r\nBcc: victim@example.com"
    async with postbox(tls) as box:
        report = await post(monkeypatch, f"smtps://{LOGIN}127.0.0.1:{box.port}", sent)
    assert report.status_code == 250
    assert box.envelopes[0].rcpt_tos == ["desk+leads@buyer.example"]
    message = box.message()
    assert sorted(name.lower() for name in message) == [
        "auto-submitted", "content-type", "date", "from", "message-id", "mime-version", "subject", "to",
    ]  # fmt: skip
    assert "\n" not in message["subject"]
    text = next(iter(message.iter_parts()))
    assert isinstance(text, EmailMessage)
    assert not any(line.startswith("Bcc") for line in text.get_content().splitlines())


@pytest.mark.parametrize("body", [b"", b"no json", b"[]", b'{"data": 7}', b'{"data": {"lead": 7}}'])
async def test_a_body_of_another_shape_is_sent_all_the_same(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, body: bytes
) -> None:
    sent = letter()
    sent.body = body
    async with postbox(tls) as box:
        report = await post(monkeypatch, f"smtps://{LOGIN}127.0.0.1:{box.port}", sent)
    assert report.status_code == 250
    assert box.message()["subject"] == "New lead"


async def test_a_mapping_makes_the_attachment(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    rules = [{"to": "phone", "from": "contact.phone"}]
    document = {"version": 1, "request": {"format": "xml", "root": "lead", "rules": rules}}
    sent = letter()
    sent.mapping_id = "map_a.1"
    sent.body = json.dumps({"contact": LEAD["contact"], "attributes": LEAD["attributes"]}).encode()
    mapping = DeliveryMapping(id="map_a.1", document=json.dumps(document).encode())
    async with postbox(tls) as box:
        report = await post(monkeypatch, f"smtps://{LOGIN}127.0.0.1:{box.port}", sent, mapping)
    assert report.status_code == 250
    text, data = box.message().iter_parts()
    assert isinstance(text, EmailMessage)
    assert "Kari" in text.get_content()
    assert data.get_filename() == "event.xml"
    assert b"<phone>+12105550169</phone>" in data.get_payload(decode=True)


@pytest.mark.parametrize(
    ("recipient", "data", "said"),
    [
        ("550 5.1.1 no such user desk+leads@buyer.example", "", "550 5.1.1 no such user …"),
        ("451 4.7.1 try later", "", "451 4.7.1 try later"),
        ("", "554 5.7.1 looks like spam", "554 5.7.1 looks like spam"),
    ],
)
async def test_what_the_server_refuses(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, recipient: str, data: str, said: str
) -> None:
    async with postbox(tls) as box:
        box.refuse_recipient, box.refuse_data = recipient, data
        report = await post(monkeypatch, f"smtps://{LOGIN}127.0.0.1:{box.port}")
    assert (report.status_code, report.error, report.answer_body) == (0, "mail", said)


async def test_a_wrong_password_is_said_and_not_quoted(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    async with postbox(tls) as box:
        report = await post(monkeypatch, f"smtps://lx:hunter2@127.0.0.1:{box.port}")
    assert (report.status_code, report.error) == (0, "mail")
    assert report.answer_body.startswith("535 ")
    assert "hunter2" not in str(report)


async def test_a_server_nobody_vouches_for_gets_no_password(
    monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext, tmp_path: Path
) -> None:
    (tmp_path / "other").mkdir()
    for starttls, scheme in ((False, "smtps"), (True, "smtp+starttls")):
        async with postbox(Authority(tmp_path / "other").server(), starttls=starttls) as box:
            report = await post(monkeypatch, f"{scheme}://{LOGIN}127.0.0.1:{box.port}")
        assert (report.status_code, report.error) == (0, "mail")
        assert report.answer_body.startswith("the mail server could not be used: ")
        assert box.envelopes == []


async def test_a_server_that_is_not_there(monkeypatch: pytest.MonkeyPatch, tls: ssl.SSLContext) -> None:
    async with postbox(tls) as box:
        pass
    report = await post(monkeypatch, f"smtps://{LOGIN}127.0.0.1:{box.port}")
    assert (report.status_code, report.error) == (0, "mail")


async def test_without_a_server_nothing_is_sent() -> None:
    assert from_settings() is None
    async with sending() as sender:
        report = await sender.attempt(letter(), target())
    assert (report.status_code, report.error) == (0, "mail")
    assert report.answer_body == "no mail server is configured"


@pytest.mark.parametrize(
    "url",
    [
        "mailto:",
        "mailto:desk",
        "mailto:a@b.example,c@d.example",
        "mailto:a@b.example?bcc=c@d.example",
        "mailto:a@b.example%0D%0ABcc:c@d.example",
        "mailto:%3Ca@b.example%3E",
        "mailto:a b@c.example",
    ],
)
def test_what_is_not_one_mailbox(url: str) -> None:
    with pytest.raises(MailError):
        mailbox(url)


@pytest.mark.parametrize(
    ("url", "sender"),
    [
        ("smtp://lx:hunter2@127.0.0.1", "a@b.example"),
        ("http://lx:hunter2@127.0.0.1", "a@b.example"),
        ("smtps://lx:hunter2@127.0.0.1:99999", "a@b.example"),
        ("smtps://", "a@b.example"),
        ("smtps://127.0.0.1", "nobody"),
        ("smtps://127.0.0.1", ""),
    ],
)
def test_settings_at_fault_are_named(monkeypatch: pytest.MonkeyPatch, url: str, sender: str) -> None:
    monkeypatch.setenv("EXCHANGE_SMTP_URL", url)
    monkeypatch.setenv("EXCHANGE_SMTP_FROM", sender)
    with pytest.raises(SettingError, match="EXCHANGE_SMTP_") as caught:
        from_settings()
    assert "hunter2" not in str(caught.value)
