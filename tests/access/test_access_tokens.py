"""Access tokens: read only where they were written, for a time, and no longer than their key works."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.access.authority import Action, authorise, scopes_asked, scopes_of
from exchange.access.keys import KeyRing, hash_secret, mint
from exchange.access.tokens import MAX_CHARS, Token, Tokens
from exchange.domain import limits
from exchange.domain.errors import Refused
from exchange.domain.ids import ulid
from exchange.domain.principal import ApiKey, Principal, Role, Scope
from exchange.domain.reasons import Reason

NOW_MS = 1_760_000_000_000
NOW_S = NOW_MS // 1000
KEY_ID = "key_" + ulid(NOW_MS, b"0123456789")
SECRET = mint(b"\xff\xfb" * 16, KEY_ID)
KEY = ApiKey(KEY_ID, Role.BUYER, hash_secret(SECRET), party_id="buy_a")
OURS = Tokens(b"k" * 32)
TOKEN = Token(KEY_ID, NOW_S + 60, Scope.LEADS_READ | Scope.CATALOG_READ)
TEXT = OURS.write(TOKEN)


def ring(*keys: ApiKey) -> KeyRing:
    made = KeyRing(OURS)
    for key in keys:
        made.put(key)
    return made


def refusal(made: KeyRing, text: str, now_ms: int = NOW_MS) -> str:
    with pytest.raises(Refused) as caught:
        made.authenticate(text, now_ms)
    assert caught.value.reason is Reason.UNAUTHENTICATED
    assert text not in caught.value.message
    return caught.value.message


@given(st.binary(min_size=10, max_size=10), st.integers(0, 2**40), st.integers(0, 2**15 - 1))
def test_a_token_says_what_was_written(entropy: bytes, until_s: int, scopes: int) -> None:
    token = Token("key_" + ulid(NOW_MS, entropy), until_s, Scope(scopes))
    text = OURS.write(token)
    assert OURS.read(text) == token
    assert len(text) <= MAX_CHARS
    assert Tokens(b"l" * 32).read(text) is None
    assert Tokens(b"k" * 32).read(text) == token  # another process with the same master key


@given(st.integers(0, len(TEXT) - 1), st.characters(min_codepoint=32, max_codepoint=126))
def test_a_token_that_was_changed_is_none(place: int, other: str) -> None:
    changed = TEXT[:place] + other + TEXT[place + 1 :]
    assert OURS.read(changed) == (TOKEN if changed == TEXT else None)


@pytest.mark.parametrize(
    "text", ["", "lxt_", "lxt_" * 1000, TEXT + "A", TEXT[:-1], TEXT.upper(), TEXT + "\n", "lxt_🙂"]
)
def test_what_is_no_token_is_none(text: str) -> None:
    assert OURS.read(text) is None


def test_a_token_speaks_for_its_key_within_its_scopes() -> None:
    made = ring(KEY)
    expected = Principal(KEY_ID, Role.BUYER, "buy_a", TOKEN.scopes)
    assert made.authenticate(TEXT, NOW_MS) == expected
    assert made.authenticate(TEXT, NOW_MS + 59_999) == expected  # known by now
    assert made.authenticate(SECRET, NOW_MS).scopes is None


def test_a_token_ends() -> None:
    made = ring(KEY)
    assert made.authenticate(TEXT, NOW_MS + 59_999).key_id == KEY_ID
    assert "expired" in refusal(made, TEXT, NOW_MS + 60_000)


def test_a_token_ends_with_its_key_at_once() -> None:
    made = ring(KEY)
    assert made.authenticate(TEXT, NOW_MS).key_id == KEY_ID
    made.put(msgspec.structs.replace(KEY, expires_ms=NOW_MS + 10))
    assert made.authenticate(TEXT, NOW_MS + 9).key_id == KEY_ID
    assert "expired" in refusal(made, TEXT, NOW_MS + 10)
    made.put(msgspec.structs.replace(KEY, revoked_ms=NOW_MS))
    assert "revoked" in refusal(made, TEXT)
    assert "unknown" in refusal(ring(), TEXT)


def test_tokens_of_others_are_refused() -> None:
    assert "none of this exchange" in refusal(ring(KEY), Tokens(b"l" * 32).write(TOKEN))


def test_so_many_tokens_are_remembered_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_TOKENS_READ", 3)
    made = ring(KEY)
    texts = [OURS.write(msgspec.structs.replace(TOKEN, until_s=NOW_S + number)) for number in range(1, 9)]
    for text in texts * 2:
        made.authenticate(text, NOW_MS)
        assert len(made._read) <= 3


def test_each_scope_has_a_word_and_a_bit_of_its_own() -> None:
    words = {scope.word: scope.value for scope in Scope}
    assert len(words) == len(Scope)
    # Tokens that are out hold these numbers.
    assert words == {
        "leads:submit": 1,
        "leads:read": 2,
        "auctions:read": 4,
        "catalog:read": 8,
        "catalog:write": 16,
        "bids": 32,
        "deliveries": 64,
        "events:read": 128,
        "keys": 256,
        "suppressions:write": 512,
        "ledger:read": 1024,
        "ledger:write": 2048,
        "feedback:read": 4096,
        "feedback:write": 8192,
        "reports:read": 16384,
    }


def test_a_token_may_ask_for_what_its_role_may_do() -> None:
    assert scopes_asked(Role.SOURCE, "") == scopes_of(Role.SOURCE)
    assert scopes_asked(Role.SOURCE, "leads:submit") == Scope.LEADS_SUBMIT
    assert scopes_asked(Role.BUYER, "bids leads:read") == Scope.BIDS | Scope.LEADS_READ
    assert Scope.LEADS_SUBMIT not in scopes_of(Role.BUYER)
    for role, text in (
        (Role.BUYER, "leads:submit"),
        (Role.SOURCE, "leads:read keys"),
        (Role.SOURCE, "x"),
        (Role.BUYER, " "),
    ):
        with pytest.raises(Refused) as caught:
            scopes_asked(role, text)
        assert [one.field for one in caught.value.violations] == ["scope"]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("action", list(Action))
def test_a_token_of_all_scopes_may_do_what_its_key_may(role: Role, action: Action) -> None:
    def may(scopes: Scope | None) -> bool:
        try:
            authorise(Principal("key_x", role, "p", scopes), action)
        except Refused as refused:
            return refused.reason is not Reason.FORBIDDEN
        return True

    assert may(scopes_of(role)) is may(None)
    assert may(Scope(0)) is (action is Action.WHO_AM_I)


def test_a_token_may_not_do_what_it_has_no_scope_for() -> None:
    reader = Principal(KEY_ID, Role.BUYER, "buy_a", Scope.LEADS_READ)
    authorise(reader, Action.READ_LEADS)
    authorise(reader, Action.ACKNOWLEDGE)
    with pytest.raises(Refused, match=r"catalog:write") as caught:
        authorise(reader, Action.MANAGE_CAMPAIGN)
    assert caught.value.reason is Reason.FORBIDDEN
