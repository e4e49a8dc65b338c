"""Signatures, against the specification's own library."""

import base64
import time

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
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


def test_the_specifications_own_example_of_an_asymmetric_signature() -> None:
    secret = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg=="
    signature = signatures([secret], "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    expected = "hnO3f9T8Ytu9HwrXslvumlUpqtNVqkhqw/enGzPCXe5BdqzCInXqYXFymVJaA7AZdpXwVLPo3mNl8EM+m7TBAg=="
    assert signature == f"v1a,{expected}"


@given(st.binary(min_size=32, max_size=32), st.binary(max_size=200))
def test_every_asymmetric_signature_is_verified_by_its_public_key(seed: bytes, body: bytes) -> None:
    public = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    both = seed + public.public_bytes_raw()
    for private in (seed, both):
        secret = "whsk_" + base64.b64encode(private).decode()
        version, _, signature = signatures([secret], "evt_1", 1700000000, body).partition(",")
        assert version == "v1a"
        public.verify(base64.b64decode(signature), b"evt_1.1700000000." + body)


def test_each_secret_signs_by_its_own_scheme() -> None:
    private = "whsk_" + base64.b64encode(bytes(32)).decode()
    signed = signatures([private, SECRET], "evt_1", 1, b"{}")
    assert [one.split(",")[0] for one in signed.split(" ")] == ["v1a", "v1"]


@pytest.mark.parametrize("secret", ["whsec_not base64!", "whsec_abc", "whsk_not base64!", "whsk_c2hvcnQ="])
def test_a_secret_that_cannot_be_used_is_an_error_that_does_not_quote_it(secret: str) -> None:
    with pytest.raises(ValueError, match=r"sign") as caught:
        signatures([secret], "evt_1", 1, b"{}")
    assert secret[5:] not in str(caught.value)
