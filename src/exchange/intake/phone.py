"""Phone numbers as sources write them, into E.164."""

import re
from typing import Final

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat, ValidationResult

EXPECTED: Final = "a phone number such as +1 210 555 0169, without extension"

# The North American plan: area code and exchange begin with 2 to 9. Nearly all leads have one of these forms, and the
# library takes thirty times as long to read them.
_NORTH_AMERICAN: Final = re.compile(
    r"(?:\+?1[ .-]{0,3})?\(?([2-9][0-9]{2})\)?[ .-]{0,3}([2-9][0-9]{2})[ .-]{0,3}([0-9]{4})"
)
_ANY: Final = re.compile(r"[+(0-9][0-9 ().\-/]{5,39}")


def read(text: str) -> str:
    """A number in E.164 (`+12105550169`); without `+` and country code it is North American.

    Raises:
        ValueError: It is none, has an extension or letters, or has no possible length in its country.
    """
    if north_american := _NORTH_AMERICAN.fullmatch(text):
        return "+1" + "".join(north_american.groups())
    if not _ANY.fullmatch(text):
        raise ValueError
    try:
        number = phonenumbers.parse(text, "US")
    except NumberParseException as error:
        raise ValueError from error
    if phonenumbers.is_possible_number_with_reason(number) != ValidationResult.IS_POSSIBLE:
        raise ValueError
    found = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    if number.country_code == 1 and not _NORTH_AMERICAN.fullmatch(found):
        raise ValueError
    return found
