"""Sealing persons and secrets: what opens, and what must not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchange.access.sealing import ENTROPY_BYTES, SECRET_ENTROPY_BYTES, Sealer, SealError
from exchange.domain.lead import Consent, Contact, Person

LEAD, OTHER_LEAD = "lead_01ARZ3NDEKTSV4RRFFQ69G5FAV", "lead_01ARZ3NDEKTSV4RRFFQ69G5FAW"
ENTROPY = bytes(range(ENTROPY_BYTES))
NONCE = b"n" * SECRET_ENTROPY_BYTES
SEALER = Sealer(b"m" * 32)
PERSON = Person(Contact(first_name="Marker", phone="+15125550123"), Consent(ip="192.0.2.7"))

persons = st.builds(
    Person,
    st.builds(Contact, first_name=st.text(), email=st.text(), more=st.dictionaries(st.text(), st.text(), max_size=3)),
    st.builds(Consent, text=st.text(), ip=st.text()),
)
sealed_parts = st.sampled_from(["sealed", "wrapped_key"])


def flipped(blob: bytes, at: int) -> bytes:
    return blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]


@given(persons, st.binary(min_size=ENTROPY_BYTES, max_size=ENTROPY_BYTES + 16))
def test_what_is_sealed_opens_as_it_was(person: Person, entropy: bytes) -> None:
    assert SEALER.open(LEAD, *SEALER.seal(LEAD, person, entropy)) == person


@given(sealed_parts, st.data())
def test_any_altered_byte_is_refused(part: str, data: st.DataObject) -> None:
    sealed, wrapped = SEALER.seal(LEAD, PERSON, ENTROPY)
    if part == "sealed":
        sealed = flipped(sealed, data.draw(st.integers(0, len(sealed) - 1)))
    else:
        wrapped = flipped(wrapped, data.draw(st.integers(0, len(wrapped) - 1)))
    with pytest.raises(SealError):
        SEALER.open(LEAD, sealed, wrapped)


@given(sealed_parts, st.data())
def test_any_text_cut_short_is_refused(part: str, data: st.DataObject) -> None:
    sealed, wrapped = SEALER.seal(LEAD, PERSON, ENTROPY)
    if part == "sealed":
        sealed = sealed[: data.draw(st.integers(0, len(sealed) - 1))]
    else:
        wrapped = wrapped[: data.draw(st.integers(0, len(wrapped) - 1))]
    with pytest.raises(SealError):
        SEALER.open(LEAD, sealed, wrapped)


def test_a_lead_does_not_open_under_another_id() -> None:
    sealed, wrapped = SEALER.seal(LEAD, PERSON, ENTROPY)
    with pytest.raises(SealError):
        SEALER.open(OTHER_LEAD, sealed, wrapped)


def test_the_halves_of_two_leads_do_not_mix() -> None:
    sealed, _ = SEALER.seal(LEAD, PERSON, ENTROPY)
    _, other_wrapped = SEALER.seal(OTHER_LEAD, PERSON, ENTROPY[::-1])
    for lead_id in (LEAD, OTHER_LEAD):
        with pytest.raises(SealError):
            SEALER.open(lead_id, sealed, other_wrapped)


def test_another_master_key_is_told_apart_from_damage() -> None:
    sealed, wrapped = SEALER.seal(LEAD, PERSON, ENTROPY)
    with pytest.raises(SealError, match="another master key"):
        Sealer(b"o" * 32).open(LEAD, sealed, wrapped)


def test_an_erased_lead_does_not_open() -> None:
    with pytest.raises(SealError):
        SEALER.open(LEAD, b"", b"")


def test_no_part_shows_the_person_or_the_keys() -> None:
    sealed, wrapped = SEALER.seal(LEAD, PERSON, ENTROPY)
    for clear in (b"Marker", b"5125550123", b"192.0.2.7", ENTROPY[:32], b"m" * 8):
        assert clear not in sealed + wrapped


def test_fresh_entropy_gives_fresh_keys() -> None:
    assert SEALER.seal(LEAD, PERSON, ENTROPY)[0] != SEALER.seal(LEAD, PERSON, ENTROPY[::-1])[0]


@given(st.text(), st.text(), st.binary(min_size=SECRET_ENTROPY_BYTES, max_size=SECRET_ENTROPY_BYTES + 16))
def test_a_secret_opens_as_it_was_and_only_in_its_place(name: str, text: str, entropy: bytes) -> None:
    sealed = SEALER.seal_secret(name, text, entropy)
    assert SEALER.open_secret(name, sealed) == text
    with pytest.raises(SealError):
        SEALER.open_secret(name + "x", sealed)


def test_a_lead_key_is_not_a_secret_of_the_same_name() -> None:
    _, wrapped = SEALER.seal(LEAD, PERSON, ENTROPY)
    with pytest.raises(SealError):
        SEALER.open_secret(LEAD, wrapped)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_master_key_of_another_size_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Sealer(b"k" * size)


def test_too_little_entropy_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="random bytes"):
        SEALER.seal(LEAD, PERSON, ENTROPY[1:])
    with pytest.raises(ValueError, match="random bytes"):
        SEALER.seal_secret("name", "text", NONCE[1:])
