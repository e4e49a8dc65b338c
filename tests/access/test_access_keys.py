"""API keys: minted, kept as hashes, authenticated."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.access.keys import KeyRing, hash_secret, mint
from exchange.access.tokens import Tokens
from exchange.domain.errors import Refused
from exchange.domain.ids import ulid
from exchange.domain.principal import ApiKey, Principal, Role
from exchange.domain.reasons import Reason

NOW_MS = 1_760_000_000_000
KEY_ID = "key_" + ulid(NOW_MS, b"0123456789")
SECRET = mint(b"\xff\xfb" * 16, KEY_ID)  # its base64 holds - and _
KEY = ApiKey(KEY_ID, Role.SOURCE, hash_secret(SECRET), party_id="src_a")


def ring(*keys: ApiKey) -> KeyRing:
    made = KeyRing(Tokens(b"k" * 32))
    for key in keys:
        made.put(key)
    return made


def refusal(made: KeyRing, token: str | None, now_ms: int = NOW_MS) -> Refused:
    with pytest.raises(Refused) as caught:
        made.authenticate(token, now_ms)
    assert caught.value.reason is Reason.UNAUTHENTICATED
    return caught.value


@given(st.binary(min_size=32, max_size=32), st.binary(min_size=10, max_size=10))
def test_a_minted_key_authenticates(entropy: bytes, id_entropy: bytes) -> None:
    key_id = "key_" + ulid(NOW_MS, id_entropy)
    secret = mint(entropy, key_id)
    assert secret.startswith(f"lx_{key_id.removeprefix('key_')}_")
    assert len(secret) == 3 + 26 + 1 + 43
    made = ring(ApiKey(key_id, Role.BUYER, hash_secret(secret), party_id="buy_a"))
    assert made.authenticate(secret, NOW_MS) == Principal(key_id, Role.BUYER, "buy_a")


def test_the_hash_is_of_the_whole_text_and_is_not_the_text() -> None:
    assert len(KEY.secret_hash) == 32
    assert hash_secret(SECRET[:-1]) != KEY.secret_hash
    assert SECRET.encode() not in KEY.secret_hash


@pytest.mark.parametrize("token", [None, ""])
def test_missing(token: str | None) -> None:
    assert "No API key" in refusal(ring(KEY), token).message


@pytest.mark.parametrize(
    "token",
    [
        "x",
        SECRET[:-1],
        SECRET + "A",
        SECRET.replace("lx_", "xl_"),
        SECRET[:29] + "." + SECRET[30:],
        SECRET[:-1] + "é",
        SECRET[:-1] + "\udc80",
        "x" * 1_000_000,
    ],
)
def test_malformed(token: str) -> None:
    assert "malformed" in refusal(ring(KEY), token).message


def test_an_unknown_id_and_a_wrong_secret_get_the_same_answer() -> None:
    unknown = mint(b"0" * 32, "key_" + ulid(NOW_MS, b"9876543210"))
    wrong = mint(b"0" * 32, KEY_ID)
    assert refusal(ring(KEY), unknown).message == refusal(ring(KEY), wrong).message == "The API key is unknown."


def test_revoked_from_the_moment_that_the_ring_knows() -> None:
    made = ring(KEY)
    made.authenticate(SECRET, NOW_MS)
    made.put(ApiKey(KEY.id, KEY.role, KEY.secret_hash, KEY.party_id, revoked_ms=NOW_MS))
    assert "revoked" in refusal(made, SECRET).message


def test_expired_at_its_moment_not_before() -> None:
    made = ring(ApiKey(KEY.id, KEY.role, KEY.secret_hash, KEY.party_id, expires_ms=NOW_MS))
    assert made.authenticate(SECRET, NOW_MS - 1).party_id == "src_a"
    assert "expired" in refusal(made, SECRET, NOW_MS).message


def test_only_the_holder_learns_that_a_key_was_revoked_or_expired() -> None:
    made = ring(ApiKey(KEY.id, KEY.role, KEY.secret_hash, KEY.party_id, revoked_ms=1, expires_ms=1))
    assert refusal(made, mint(b"0" * 32, KEY_ID)).message == "The API key is unknown."


@given(st.text() | st.just(SECRET) | st.just(SECRET[:-1]))
def test_no_refusal_quotes_the_token(token: str) -> None:
    refused = refusal(ring(), token)
    assert refused.message in {"No API key was sent.", "The API key is malformed.", "The API key is unknown."}
    assert str(refused) == refused.message


def test_keys_are_listed_by_id_with_those_that_no_longer_work() -> None:
    later = ApiKey("key_" + ulid(NOW_MS + 1, b"0123456789"), Role.OPERATOR, b"h", revoked_ms=1)
    made = ring(later, KEY)
    assert made.all() == [KEY, later]
    assert made.get(later.id) == later
    assert made.get("key_x") is None


@pytest.mark.parametrize("role", [Role.SOURCE, Role.BUYER])
def test_a_partys_key_names_its_party(role: Role) -> None:
    with pytest.raises(ValueError, match="names none"):
        ring(ApiKey(KEY_ID, role, b"h"))


def test_too_little_entropy_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        mint(b"0" * 31, KEY_ID)
