"""Signatures, against the specification's own library."""

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from adapters.webhooks.signing import signatures
from tests.webhooks.scripted_outbox import OTHER_SECRET, SECRET


def headers(secrets: list[str], message_id: str, body: bytes, *, age_s: int = 0) -> dict[str, str]:
    timestamp_s = int(time.time()) - age_s
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp_s),
        "webhook-signature": signatures(secrets, message_id, timestamp_s, body),
    }


@given(
    st.binary(min_size=24, max_size=64),
    st.from_regex(r"evt_[a-z0-9]{1,30}", fullmatch=True),
    st.text(st.characters(codec="utf-8"), max_size=200).map(str.encode),
)
def test_every_signature_is_verified_by_the_library(key: bytes, message_id: str, body: bytes) -> None:
    secret = "whsec_" + base64.b64encode(key).decode()
    Webhook(secret).verify(body, headers([secret], message_id, body), json_parse=False)


def test_the_specifications_own_example() -> None:
    signature = signatures([SECRET], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_while_secrets_rotate_a_receiver_may_hold_either() -> None:
    signed = headers([OTHER_SECRET, SECRET], "evt_1", b"{}")
    assert signed["webhook-signature"].count(" ") == 1
    for secret in (SECRET, OTHER_SECRET):
        Webhook(secret).verify(b"{}", signed)


@pytest.mark.parametrize(
    ("body", "secret", "age_s"), [(b'{"a":2}', SECRET, 0), (b"{}", OTHER_SECRET, 0), (b"{}", SECRET, 400)]
)
def test_another_body_secret_or_time_is_refused(body: bytes, secret: str, age_s: int) -> None:
    with pytest.raises(WebhookVerificationError):
        Webhook(secret).verify(body, headers([SECRET], "evt_1", b"{}", age_s=age_s))


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_abc"])
def test_a_secret_that_is_not_base64_is_an_error(secret: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        signatures([secret], "evt_1", 1, b"{}")
