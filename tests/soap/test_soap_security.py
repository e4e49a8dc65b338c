"""Credentials read from Security headers and HTTP Basic; times and nonces."""

import base64
from typing import Final

import pytest
from lxml import etree

from adapters.soap.faults import Fault
from adapters.soap.security import DIGEST, WSSE, WSU, Credential, Digest, Key, credential_of
from tests.soap.wire import KEY, security, token

NOW_MS: Final = 1_795_579_200_000  # 2026-11-25T04:00:00Z
NOW: Final = "2026-11-25T04:00:00Z"
NONCE: Final = b"0123456789abcdef"
SHA1: Final = b"s" * 20


def coded(content: bytes) -> str:
    return base64.b64encode(content).decode()


def digest(
    nonce: str = coded(NONCE), created: str = NOW, sha1: str = coded(SHA1), user: str = "key_1", kind: str = DIGEST
) -> str:
    """A UsernameToken with a digest."""
    return (
        f'<wsse:UsernameToken xmlns:wsse="{WSSE}" xmlns:wsu="{WSU}"><wsse:Username>{user}</wsse:Username>'
        f'<wsse:Password Type="{kind}">{sha1}</wsse:Password><wsse:Nonce>{nonce}</wsse:Nonce>'
        f"<wsu:Created>{created}</wsu:Created></wsse:UsernameToken>"
    )


def timestamp(created: str = NOW, expires: str = "") -> str:
    """A Timestamp."""
    ends = f"<wsu:Expires>{expires}</wsu:Expires>" if expires else ""
    return f'<wsu:Timestamp xmlns:wsu="{WSU}"><wsu:Created>{created}</wsu:Created>{ends}</wsu:Timestamp>'


def found(*headers: str, authorization: str | None = None, secret: bool = True) -> Credential | None:
    elements = [etree.fromstring(header) for header in headers]
    return credential_of(elements, authorization, NOW_MS, secret=secret)


def reason(*headers: str, authorization: str | None = None, secret: bool = True) -> str:
    """Why a credential is refused."""
    with pytest.raises(Fault) as caught:
        found(*headers, authorization=authorization, secret=secret)
    assert caught.value.sender
    assert KEY not in caught.value.detail.message
    return caught.value.detail.reason


def basic(text: bytes) -> str:
    return f"Basic {coded(text)}"


def test_a_key_in_clear() -> None:
    assert found(security(token())) == Key(KEY)
    plain = token().replace(f' Type="{DIGEST.replace("Digest", "Text")}"', "")
    assert "Type" not in plain
    assert found(security(plain)) == Key(KEY)
    assert found(authorization=basic(b"anybody:" + KEY.encode())) == Key(KEY)
    assert found(authorization=f"basic {coded(b'a:b:c')}") == Key("b:c")


def test_a_digest() -> None:
    assert found(security(digest())) == Digest("key_1", NONCE, NOW, SHA1)
    assert found(security(digest()), secret=False) == Digest("key_1", NONCE, NOW, SHA1)


def test_no_credential() -> None:
    assert found() is None
    assert found(security(timestamp())) is None
    assert found(security()) is None


def test_a_key_in_clear_needs_a_safe_way() -> None:
    assert reason(security(token()), secret=False) == "UNAUTHENTICATED"
    assert reason(authorization=basic(b"a:" + KEY.encode()), secret=False) == "UNAUTHENTICATED"


@pytest.mark.parametrize(
    ("created", "expires", "expected"),
    [
        (NOW, "2026-11-25T04:05:00Z", ""),
        ("2026-11-25T04:04:59Z", "2026-11-25T04:09:00Z", ""),
        ("2026-11-25T05:00:00+01:00", "2026-11-25T05:00:01+01:00", ""),
        ("2026-11-25T03:55:01Z", "", ""),
        ("2026-11-25T03:54:59Z", "", "MESSAGE_EXPIRED"),
        ("2026-11-25T03:00:00Z", "2026-11-25T03:59:59Z", "MESSAGE_EXPIRED"),
        ("2026-11-25T04:06:00Z", "2026-11-25T04:09:00Z", "INVALID_SECURITY"),
        ("now", "", "INVALID_SECURITY"),
        (NOW, "later", "INVALID_SECURITY"),
    ],
)
def test_a_timestamp_is_honoured(created: str, expires: str, expected: str) -> None:
    header = security(timestamp(created, expires), token())
    if expected:
        assert reason(header) == expected
    else:
        assert found(header) == Key(KEY)


WRONG: Final = {
    "two headers": ((security(token()), security(token())), "INVALID_SECURITY"),
    "two tokens": ((security(token(), token()),), "INVALID_SECURITY"),
    "two timestamps": ((security(timestamp(), timestamp(), token()),), "INVALID_SECURITY"),
    "a signature": ((security(token(), '<ds:Signature xmlns:ds="urn:ds"/>'),), "UNSUPPORTED_SECURITY"),
    "a certificate": ((security("<wsse:BinarySecurityToken>MII</wsse:BinarySecurityToken>"),), "UNSUPPORTED_SECURITY"),
    "no password": (
        (security(f'<wsse:UsernameToken xmlns:wsse="{WSSE}"><wsse:Username>a</wsse:Username></wsse:UsernameToken>'),),
        "INVALID_SECURITY",
    ),
    "two passwords": (
        (security(token().replace("</wsse:UsernameToken>", "<wsse:Password>x</wsse:Password></wsse:UsernameToken>")),),
        "INVALID_SECURITY",
    ),
    "a password that is no key": ((security(token("a b")),), "UNAUTHENTICATED"),
    "an empty password": ((security(token("")),), "UNAUTHENTICATED"),
    "an unknown type": ((security(digest(kind="urn:other")),), "UNSUPPORTED_SECURITY"),
    "a digest without nonce": (
        (security(digest().replace("wsse:Nonce", "wsse:Once")),),
        "INVALID_SECURITY",
    ),
    "a nonce that is no base64": ((security(digest(nonce="*")),), "INVALID_SECURITY"),
    "a short nonce": ((security(digest(nonce=coded(b"1234567"))),), "INVALID_SECURITY"),
    "a long nonce": ((security(digest(nonce=coded(b"1" * 65))),), "INVALID_SECURITY"),
    "a digest that is none": ((security(digest(sha1=coded(b"1" * 19))),), "INVALID_SECURITY"),
    "a user that is no key's id": ((security(digest(user="a b")),), "INVALID_SECURITY"),
    "an old digest": ((security(digest(created="2026-11-25T03:54:59Z")),), "MESSAGE_EXPIRED"),
    "a digest of tomorrow": ((security(digest(created="2026-11-26T04:00:00Z")),), "MESSAGE_EXPIRED"),
    "a timestamp with more": (
        (security(timestamp().replace("</wsu:Created>", "</wsu:Created><wsu:Other/>"), token()),),
        "INVALID_SECURITY",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_refused(case: str) -> None:
    headers, expected = WRONG[case]
    assert reason(*headers) == expected


@pytest.mark.parametrize(
    "text", ["Basic", "Basic *", f"Bearer {KEY}", basic(b"no colon"), basic(b"a:\xff"), basic(b"a:b c")]
)
def test_basic_that_is_none(text: str) -> None:
    assert reason(authorization=text) == "UNAUTHENTICATED"


def test_one_credential_at_a_time() -> None:
    assert reason(security(token()), authorization=basic(b"a:" + KEY.encode())) == "INVALID_SECURITY"
