"""The PII wall at intake: what an attribute may hold that no schema declares.

Attributes go into pings, traces and logs, so an undeclared one is a number, a flag or a short code, and neither its
name nor its value may look like part of a person.
"""

import re
from ipaddress import ip_address
from typing import Final

from exchange.domain import limits
from exchange.domain.lead import Consent, Contact, Value

NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,63}")
EXPECTED_NAME: Final = "names of a small letter, then small letters, digits and _, at most 64 characters"
_EXPECTED_CODE: Final = (
    "a code: a letter or digit and then letters, digits and {signs}, at most 64 characters, "
    "with no IP address in it and no phone number (7 digits in a row, separators aside)"
)
EXPECTED_VALUE: Final = f"a flag, a number of at most 8 digits, or {_EXPECTED_CODE.format(signs='_ . : + -')}"
EXPECTED_PLACEMENT: Final = _EXPECTED_CODE.format(signs="_ . : -")

_CODE: Final = re.compile(rf"[A-Za-z0-9][A-Za-z0-9_.:+-]{{0,{limits.MAX_CODE_CHARS - 1}}}")
_SEPARATORS: Final = str.maketrans("", "", "_.:+-")
_LONG_NUMBER: Final = re.compile(r"[0-9]{7}")
_NUMBER_BOUND: Final = 10**8
"""Longer numbers may be phone or social security numbers; a vertical that needs one declares it with its range."""

_CONTACT_FIELDS: Final = frozenset(Contact.__struct_fields__ + Consent.__struct_fields__)
_CONTACT_NAME: Final = re.compile(
    r"""
    name | contact | cell | lat | lng
    | (?:.+_)?
      (?: e_?mail | (?:tele|cell|mobile)?_?phone | mobile | tel | fax
        | ssn | social_?security | ip | address | street
        | (?:first|last|middle|full|given|family|maiden|sur)_?name | [fl]name
        | dob | date_?of_?birth | birth_?(?:date|day)
        | comments? | notes? | message | latitude | longitude | leadid | user_?agent
      )
      (?: _?(?:address|addr|number|no|line|[0-9]) )*
    """,
    re.VERBOSE,
)


def is_contact_name(name: str) -> bool:
    """Whether an attribute's name says that a person's data is in it (`email`, `home_phone`, `spouse_first_name`)."""
    return name in _CONTACT_FIELDS or _CONTACT_NAME.fullmatch(name) is not None


def code(text: str) -> str:
    """A code as it is; raises ValueError for other text, and for what looks like a phone number or an IP address."""
    if not _CODE.fullmatch(text) or _LONG_NUMBER.search(text.translate(_SEPARATORS)) or _is_ip(text):
        raise ValueError
    return text


def placement(raw: str) -> str:
    """A sub-source: a code without `+`; raises ValueError for what is none."""
    if "+" in raw:
        raise ValueError
    return code(raw.strip())


def custom(value: Value) -> Value:
    """An undeclared attribute's value as it is; raises ValueError for what the wall keeps out."""
    match value:
        case bool():
            return value
        case str():
            return code(value)
        case _ if -_NUMBER_BOUND < value < _NUMBER_BOUND:
            return value
        case _:
            raise ValueError


def _is_ip(text: str) -> bool:
    if ":" not in text and text.count(".") != 3:
        return False  # the library takes long to say so
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
