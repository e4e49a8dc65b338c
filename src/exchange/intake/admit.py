"""Admits what sources send: reads every value, collects what is wrong, and lets nothing personal into a profile."""

from collections.abc import Mapping
from typing import Final

import msgspec

from exchange.domain import limits
from exchange.domain.errors import Refused, Violation, invalid
from exchange.domain.lead import Evidence, Person, Profile, RawProfile, Submission, Value
from exchange.domain.reasons import Reason
from exchange.intake import dates, wall
from exchange.intake.consent import admit_consent, evidence_of
from exchange.intake.contact import admit_contact
from exchange.intake.fields import Schema
from exchange.intake.forms import Form, take
from exchange.intake.keys import digest, duplicate_keys
from exchange.intake.schema import VERTICALS
from exchange.intake.text import clean
from exchange.intake.values import Reader, expected_of, reader_of
from exchange.intake.violations import described, quoted

__all__ = ["admit", "admit_profile", "digest", "duplicate_keys", "evidence_of"]


class _Vertical(msgspec.Struct, frozen=True):
    """A schema made ready."""

    readers: Mapping[str, Reader]
    expected: Mapping[str, str]
    required: frozenset[str]
    years_ahead: tuple[tuple[str, int], ...]


def _ready(schema: Schema) -> _Vertical:
    return _Vertical(
        readers={name: reader_of(field) for name, field in schema.items()},
        expected={name: expected_of(field) for name, field in schema.items()},
        required=frozenset(name for name, field in schema.items() if field.required),
        years_ahead=tuple((name, field.years_ahead) for name, field in schema.items() if field.years_ahead is not None),
    )


_VERTICALS: Final = {name: _ready(schema) for name, schema in VERTICALS.items()}


def admit(submission: Submission, now_ms: int) -> tuple[Profile, Person]:
    """A whole lead, normalised and parted into what identifies nobody and what does.

    Args:
        submission: As sent. What was admitted before is admitted again unchanged.
        now_ms: Unix ms; births lie before it, consent not after it.

    Raises:
        Refused: `UNKNOWN_VERTICAL`, or `INVALID_FIELD` with every field at fault, at most 32.
    """
    found: list[Violation] = []
    contact = admit_contact(submission.contact, now_ms, found)
    consent = admit_consent(submission.consent, now_ms, found)
    profile = _profile(submission.source_id, submission.profile, evidence_of(consent), now_ms, found)
    _refuse(found)
    return profile, Person(contact, consent)


def admit_profile(source_id: str, raw: RawProfile, evidence: Evidence, now_ms: int) -> Profile:
    """The profile of a lead that is pinged before it is posted; refuses as `admit` does."""
    found: list[Violation] = []
    profile = _profile(source_id, raw, evidence, now_ms, found)
    _refuse(found)
    return profile


def _refuse(found: list[Violation]) -> None:
    if found:
        raise invalid(found[: limits.MAX_VIOLATIONS])


def _read_external_id(raw: str) -> str:
    text = clean(raw, limits.MAX_EXTERNAL_ID_CHARS)
    if "@" in text:
        raise ValueError
    return text


_SUB_SOURCE: Final = Form(wall.placement, wall.EXPECTED_PLACEMENT)
_EXTERNAL_ID: Final = Form(
    _read_external_id, f"at most {limits.MAX_EXTERNAL_ID_CHARS} characters on one line, no e-mail address"
)


def _profile(source_id: str, raw: RawProfile, evidence: Evidence, now_ms: int, found: list[Violation]) -> Profile:
    vertical = _VERTICALS.get(raw.vertical)
    if vertical is None:
        violation = Violation("profile.vertical", f"one of {', '.join(_VERTICALS)}", quoted(raw.vertical))
        raise Refused(Reason.UNKNOWN_VERTICAL, str(violation), [violation])
    attributes = _attributes(vertical, raw.attributes, found)
    _check_years(vertical, attributes, now_ms, found)
    return Profile(
        source_id,
        raw.vertical,
        attributes,
        evidence,
        take("profile.sub_source", raw.sub_source, _SUB_SOURCE, found),
        take("profile.external_id", raw.external_id, _EXTERNAL_ID, found),
        raw.test,
    )


def _attributes(vertical: _Vertical, raw: Mapping[str, Value], found: list[Violation]) -> dict[str, Value]:
    if len(raw) > limits.MAX_ATTRIBUTES:
        expected = f"at most {limits.MAX_ATTRIBUTES} attributes"
        found.append(Violation("profile.attributes", expected, f"{len(raw)} attributes"))
        return {}
    attributes: dict[str, Value] = {}
    wrong: set[str] = set()
    readers = vertical.readers
    for name, value in raw.items():
        if type(value) is str:
            value = value.strip()  # noqa: PLW2901 - the value, as far as anybody cares
            if not value:
                continue
        reader = readers.get(name)
        if reader is None:
            _custom(name, value, attributes, found)
            continue
        try:
            admitted = reader(value)
        except ValueError:
            wrong.add(name)
            found.append(Violation(_path(name), vertical.expected[name], quoted(value)))
        else:
            if admitted is not None:
                attributes[name] = admitted
    if not vertical.required <= attributes.keys():
        absent = vertical.required - attributes.keys() - wrong
        found.extend(Violation(_path(name), vertical.expected[name], "nothing") for name in sorted(absent))
    return attributes


def _custom(name: str, value: Value, attributes: dict[str, Value], found: list[Violation]) -> None:
    """Takes an undeclared attribute, if the wall lets it through."""
    if not wall.NAME.fullmatch(name):
        found.append(Violation("profile.attributes", wall.EXPECTED_NAME, described(name)))
    elif wall.is_contact_name(name):
        found.append(Violation(_path(name), "no contact data in a profile; it goes into contact", described(value)))
    else:
        try:
            attributes[name] = wall.custom(value)
        except ValueError:
            found.append(Violation(_path(name), wall.EXPECTED_VALUE, described(value)))


def _check_years(vertical: _Vertical, attributes: Mapping[str, Value], now_ms: int, found: list[Violation]) -> None:
    for name, ahead in vertical.years_ahead:
        if name in attributes:
            last = int(dates.today(now_ms)[:4]) + ahead
            if int(str(attributes[name])[:4]) > last:
                expected = f"{vertical.expected[name]}, in {last} at the latest"
                found.append(Violation(_path(name), expected, quoted(attributes[name])))


def _path(name: str) -> str:
    return f"profile.attributes.{name}"
