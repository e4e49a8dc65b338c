"""Digest passwords: derived; proved by a digest of nonce, time and password, once and for a while."""

import hashlib
from typing import Final

import pytest

from exchange.access.digests import Digests
from exchange.domain import limits
from exchange.domain.errors import Refused
from exchange.domain.reasons import Reason

KEY: Final = "key_01J9Z3NDEKTSV4RRFFQ69G5FAV"
OTHER: Final = KEY[:-1] + "W"
NONCE: Final = b"n" * 16
CREATED: Final = "2026-11-25T04:00:00Z"
NOW_MS: Final = 1_795_579_200_000


@pytest.fixture
def digests() -> Digests:
    return Digests(b"s" * 32)


def sha1(password: str, nonce: bytes = NONCE, created: str = CREATED) -> bytes:
    return hashlib.sha1(nonce + created.encode() + password.encode()).digest()  # noqa: S324 - as the profile says


def refused(
    digests: Digests, made: bytes, key_id: str = KEY, nonce: bytes = NONCE, created: str = CREATED, now_ms: int = NOW_MS
) -> Reason:
    with pytest.raises(Refused) as caught:
        digests.take(key_id, nonce, created, made, now_ms)
    return caught.value.reason


def test_a_password_is_of_one_key_and_one_exchange(digests: Digests) -> None:
    password = digests.password(KEY)
    assert len(password) == 32
    assert password == Digests(b"s" * 32).password(KEY)
    assert password != digests.password(OTHER)
    assert password != Digests(b"t" * 32).password(KEY)


def test_a_digest_of_anything_else_is_refused(digests: Digests) -> None:
    made = sha1(digests.password(KEY))
    wrong = [
        refused(digests, made, nonce=b"m" * 16),
        refused(digests, made, created="2026-11-25T04:00:01Z"),
        refused(digests, made, key_id=OTHER),
        refused(digests, made[:-1]),
        refused(digests, b""),
        refused(digests, sha1("guess")),
    ]
    assert set(wrong) == {Reason.UNAUTHENTICATED}
    digests.take(KEY, NONCE, CREATED, made, NOW_MS)  # what was refused has used no nonce


@pytest.mark.parametrize(
    ("created", "taken"),
    [
        ("2026-11-25T04:05:00Z", True),
        ("2026-11-25T03:55:00Z", True),
        ("2026-11-25T05:00:00.1234567+01:00", True),
        ("2026-11-25T04:00:00", True),
        ("2026-11-25T04:05:01Z", False),
        ("2026-11-25T03:54:59Z", False),
        ("yesterday", False),
        ("2026-11-25T04:00:00Z" + " " * 40, False),
        ("", False),
    ],
)
def test_its_time_is_near(digests: Digests, created: str, taken: bool) -> None:
    made = sha1(digests.password(KEY), created=created)
    if taken:
        digests.take(KEY, NONCE, created, made, NOW_MS)
    else:
        assert refused(digests, made, created=created) is Reason.UNAUTHENTICATED


@pytest.mark.parametrize("nonce", [b"", b"1234567", b"1" * 65])
def test_nonces_have_a_size(digests: Digests, nonce: bytes) -> None:
    assert refused(digests, sha1(digests.password(KEY), nonce), nonce=nonce) is Reason.UNAUTHENTICATED


def take(digests: Digests, number: int, now_ms: int = NOW_MS, key_id: str = KEY) -> None:
    nonce, created = number.to_bytes(8, "big"), CREATED
    digests.take(key_id, nonce, created, sha1(digests.password(key_id), nonce, created), now_ms)


def test_a_nonce_is_used_once_by_a_key(digests: Digests) -> None:
    take(digests, 1)
    take(digests, 2)
    take(digests, 1, key_id=OTHER)
    with pytest.raises(Refused, match="used before"):
        take(digests, 1, NOW_MS + limits.DIGEST_WINDOW_MS)


def test_nonces_are_bounded_and_none_is_forgotten_early(digests: Digests, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_NONCES", 2)
    take(digests, 1)
    take(digests, 2, NOW_MS + 1)
    with pytest.raises(Refused) as caught:
        take(digests, 3, NOW_MS + 2)
    assert caught.value.reason is Reason.OVERLOADED
    with pytest.raises(Refused, match="used before"):
        take(digests, 1, NOW_MS + 2)
    later_ms = NOW_MS + 2 * limits.DIGEST_WINDOW_MS + 1
    nonce, created = b"l" * 8, "2026-11-25T04:10:00Z"
    digests.take(KEY, nonce, created, sha1(digests.password(KEY), nonce, created), later_ms)
