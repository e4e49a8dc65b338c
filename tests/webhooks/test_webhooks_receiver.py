"""The receiver helper for buyers, against the specification's own library and our own sender."""

import base64
import datetime
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook

from adapters.webhooks.signing import signatures
from examples.buyers.receiver import Receiver as SampleReceiver
from leadexchange.webhooks import MemoryOfIds, Received, Receiver, Verifier, WebhookError
from tests.webhooks.endpoints import sending, target
from tests.webhooks.scripted_outbox import OTHER_SECRET, SECRET, delivery

NOW_S = 1_772_357_400
BODY = b'{"type":"lead.sold","timestamp":"2026-03-01T09:30:00.250Z","data":{"lead_id":"lead_1"}}'
SEED = bytes(range(32))
PRIVATE = "whsk_" + base64.b64encode(SEED).decode()
PUBLIC = "whpk_" + base64.b64encode(Ed25519PrivateKey.from_private_bytes(SEED).public_key().public_bytes_raw()).decode()
EVENT = Received(
    "evt_1",
    datetime.datetime(2026, 3, 1, 9, 30, 0, 250_000, tzinfo=datetime.UTC),
    "lead.sold",
    {"lead_id": "lead_1"},
)


def signed(
    *secrets: str, body: bytes = BODY, message_id: str = "evt_1", at_s: int = NOW_S, **changed: str
) -> dict[str, str]:
    headers = {
        "Webhook-Id": message_id,
        "Webhook-Timestamp": str(at_s),
        "Webhook-Signature": signatures(secrets or (SECRET,), message_id, at_s, body),
    }
    return headers | {name.replace("_", "-"): value for name, value in changed.items()}


def test_an_event_gets_through_once() -> None:
    receiver = Receiver([SECRET])
    assert receiver.receive(signed(), BODY, NOW_S) == EVENT
    assert receiver.receive(signed(), BODY, NOW_S) is None
    assert receiver.receive(signed(at_s=NOW_S + 90), BODY, NOW_S + 90) is None
    assert receiver.receive(signed(message_id="evt_2"), BODY, NOW_S) is not None


def test_an_event_that_could_not_be_kept_may_come_again() -> None:
    receiver = Receiver([SECRET])
    assert receiver.receive(signed(), BODY, NOW_S) == EVENT
    receiver.forget("evt_1")
    receiver.forget("evt_never")
    assert receiver.receive(signed(), BODY, NOW_S) == EVENT


@given(st.binary(min_size=24, max_size=64), st.from_regex(r"[a-z0-9_]{1,30}", fullmatch=True), st.binary(max_size=200))
def test_what_the_library_signs_is_verified(key: bytes, message_id: str, body: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    text = body.decode("latin-1")
    at = datetime.datetime.fromtimestamp(NOW_S, datetime.UTC)
    headers = {
        "webhook-id": message_id,
        "webhook-timestamp": str(NOW_S),
        "webhook-signature": Webhook(secret).sign(message_id, at, text),
    }
    assert Verifier([secret]).verify(headers, text.encode(), NOW_S).id == message_id


def test_while_secrets_rotate_either_is_taken_and_either_may_be_known() -> None:
    for known in ([SECRET], [OTHER_SECRET], [SECRET, OTHER_SECRET]):
        assert Receiver(known).receive(signed(OTHER_SECRET, SECRET), BODY, NOW_S) == EVENT
    both = Receiver([SECRET, OTHER_SECRET])
    assert both.receive(signed(OTHER_SECRET), BODY, NOW_S) == EVENT
    later = Receiver([])
    later.trust(SECRET)
    assert later.receive(signed(), BODY, NOW_S) == EVENT


def test_asymmetric_signatures() -> None:
    assert Receiver([PUBLIC]).receive(signed(PRIVATE), BODY, NOW_S) == EVENT
    assert Receiver([PUBLIC, SECRET]).receive(signed(OTHER_SECRET, PRIVATE), BODY, NOW_S) == EVENT
    # The public key is no shared secret: nobody can sign with what everybody may know.
    forged = signed("whsec_" + PUBLIC.removeprefix("whpk_"))
    with pytest.raises(WebhookError, match="no signature"):
        Receiver([PUBLIC]).receive(forged, BODY, NOW_S)


@pytest.mark.parametrize(
    ("headers", "body", "said"),
    [
        ({}, BODY, "header webhook-id is missing"),
        (signed(Webhook_Timestamp=""), BODY, "header webhook-timestamp is missing"),
        (signed(Webhook_Signature=""), BODY, "header webhook-signature is missing"),
        (signed(Webhook_Timestamp="yesterday"), BODY, "no whole number of seconds"),
        (signed(Webhook_Timestamp="-5"), BODY, "no whole number of seconds"),
        (signed(Webhook_Timestamp="1e9"), BODY, "no whole number of seconds"),
        (signed(Webhook_Timestamp="9" * 5_000), BODY, "no whole number of seconds"),
        (signed(at_s=NOW_S - 301), BODY, "the request is 301 s old, more than 300 s"),
        (signed(at_s=NOW_S + 301), BODY, "301 s in the future; compare the clocks"),
        (signed(), BODY + b" ", "no signature is by a secret of this endpoint"),
        (signed(Webhook_Id="evt_2"), BODY, "no signature"),
        (signed(Webhook_Timestamp=str(NOW_S + 1)), BODY, "no signature"),
        (signed(OTHER_SECRET), BODY, "no signature"),
        (signed(Webhook_Signature="v1"), BODY, "no signature"),
        (signed(Webhook_Signature="v1,not base64"), BODY, "no signature"),
        (signed(Webhook_Signature="v1a," + "A" * 88), BODY, "no signature"),
        (signed(Webhook_Signature=signed()["Webhook-Signature"].replace("v1", "v2")), BODY, "no signature"),
        (signed(Webhook_Signature="v1,AAAA " * 16 + signed()["Webhook-Signature"]), BODY, "no signature"),
        (signed(body=b"no json"), b"no json", "the body is no event"),
        (signed(body=b"[]"), b"[]", "the body is no event"),
        (signed(body=b'{"type":"a"}'), b'{"type":"a"}', "the body is no event"),
        (signed(body=b"\xff"), b"\xff", "the body is no event"),
        (signed(body=b" " * 1_048_577), b" " * 1_048_577, "the body is 1048577 bytes"),
    ],
)
def test_what_must_not_be_believed_says_what_was_wrong(headers: dict[str, str], body: bytes, said: str) -> None:
    receiver = Receiver([SECRET])
    with pytest.raises(WebhookError, match=said):
        receiver.receive(headers, body, NOW_S)
    assert receiver.receive(signed(), BODY, NOW_S) == EVENT  # a refused request is not remembered


@pytest.mark.parametrize("at_s", [NOW_S - 300, NOW_S, NOW_S + 300])
def test_within_the_tolerance(at_s: int) -> None:
    assert Receiver([SECRET]).receive(signed(at_s=at_s), BODY, NOW_S) == EVENT
    with pytest.raises(WebhookError):
        Receiver([SECRET], tolerance_s=299).receive(signed(at_s=NOW_S - 300), BODY, NOW_S)


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_", "whpk_c2hvcnQ=", "whpk_not base64!", ""])
def test_a_secret_that_cannot_be_read(secret: str) -> None:
    with pytest.raises(ValueError, match=r"secret|public key"):
        Receiver([secret])


def test_cloud_events() -> None:
    event = {"specversion": "1.0", "id": "evt_1", "source": "/x", "type": "lead.sold", "data": {"lead_id": "lead_1"}}
    body = json.dumps(event | {"time": "2026-03-01T09:30:00.250Z"}).encode()
    assert Receiver([SECRET]).receive(signed(body=body), body, NOW_S) == EVENT
    body = json.dumps(event).encode()
    received = Receiver([SECRET]).receive(signed(body=body), body, NOW_S)
    assert received
    assert received.timestamp.timestamp() == NOW_S


def test_the_memory_is_bounded_and_forgets_the_oldest() -> None:
    memory = MemoryOfIds(3)
    assert [memory.add(one) for one in ("a", "b", "a", "c", "d")] == [True, True, False, True, True]
    assert [memory.add(one) for one in ("a", "d")] == [True, False]
    receiver = Receiver([SECRET], remember=1)
    for message_id in ("evt_1", "evt_2", "evt_1"):
        assert receiver.receive(signed(message_id=message_id), BODY, NOW_S)


def test_a_memory_of_ones_own() -> None:
    class Table:
        rows: set[str] = set()  # noqa: RUF012

        def add(self, message_id: str) -> bool:
            known = message_id in self.rows
            self.rows.add(message_id)
            return not known

        def forget(self, message_id: str) -> None:
            self.rows.discard(message_id)

    assert Receiver([SECRET], remember=Table()).receive(signed(), BODY, NOW_S) == EVENT
    assert Receiver([SECRET], remember=Table()).receive(signed(), BODY, NOW_S) is None


async def test_the_sample_receiver_keeps_each_event_once_and_the_library_agrees() -> None:
    receiver = SampleReceiver([SECRET, OTHER_SECRET], witness=_library)
    url = await receiver.start()
    held = ((SECRET,), (OTHER_SECRET, SECRET), ("whsec_bm90IGl0IGF0IGFsbCwgc29ycnk=",))
    async with sending() as sender:
        reports = [await sender.attempt(delivery(1, url, secrets=secrets), target()) for secrets in held]
    await receiver.stop()
    assert [report.status_code for report in reports] == [204, 204, 400]
    assert reports[2].answer_body == "no signature is by a secret of this endpoint\n"
    assert [event["data"] for event in receiver.events] == [{"lead_id": "lead_1"}]
    assert (receiver.repeats, receiver.refused) == (1, 1)
    assert b"webhook-id: evt_1" in receiver.record.messages[0].lower()


async def test_the_sample_receiver_takes_again_what_it_could_not_keep() -> None:
    receiver = SampleReceiver([SECRET])
    receiver.statuses += [503]
    url = await receiver.start()
    async with sending() as sender:
        reports = [await sender.attempt(delivery(1, url), target()) for _ in range(3)]
    await receiver.stop()
    assert [report.status_code for report in reports] == [503, 204, 204]
    assert (len(receiver.events), receiver.repeats) == (1, 1)


def _library(headers: object, body: bytes) -> None:
    Webhook(SECRET).verify(body, dict(headers), json_parse=False)  # type: ignore[call-overload]
