"""US states by two letters or name, with the district, territories and military post (USPS Publication 28)."""

from typing import Final

from leadexchange.mapping.formats.base import Formatter
from leadexchange.mapping.problems import Misfit
from leadexchange.mapping.scalars import Value
from leadexchange.mapping.styles import StateFormat

NAMES: Final = {
    "AL": "Alabama",
    "AK": "Alaska",
    "AZ": "Arizona",
    "AR": "Arkansas",
    "CA": "California",
    "CO": "Colorado",
    "CT": "Connecticut",
    "DE": "Delaware",
    "DC": "District of Columbia",
    "FL": "Florida",
    "GA": "Georgia",
    "HI": "Hawaii",
    "ID": "Idaho",
    "IL": "Illinois",
    "IN": "Indiana",
    "IA": "Iowa",
    "KS": "Kansas",
    "KY": "Kentucky",
    "LA": "Louisiana",
    "ME": "Maine",
    "MD": "Maryland",
    "MA": "Massachusetts",
    "MI": "Michigan",
    "MN": "Minnesota",
    "MS": "Mississippi",
    "MO": "Missouri",
    "MT": "Montana",
    "NE": "Nebraska",
    "NV": "Nevada",
    "NH": "New Hampshire",
    "NJ": "New Jersey",
    "NM": "New Mexico",
    "NY": "New York",
    "NC": "North Carolina",
    "ND": "North Dakota",
    "OH": "Ohio",
    "OK": "Oklahoma",
    "OR": "Oregon",
    "PA": "Pennsylvania",
    "RI": "Rhode Island",
    "SC": "South Carolina",
    "SD": "South Dakota",
    "TN": "Tennessee",
    "TX": "Texas",
    "UT": "Utah",
    "VT": "Vermont",
    "VA": "Virginia",
    "WA": "Washington",
    "WV": "West Virginia",
    "WI": "Wisconsin",
    "WY": "Wyoming",
    "AS": "American Samoa",
    "GU": "Guam",
    "MP": "Northern Mariana Islands",
    "PR": "Puerto Rico",
    "VI": "Virgin Islands",
    "FM": "Federated States of Micronesia",
    "MH": "Marshall Islands",
    "PW": "Palau",
    "AA": "Armed Forces Americas",
    "AE": "Armed Forces Europe",
    "AP": "Armed Forces Pacific",
}

_EXPECTED: Final = "a US state: its two letters or its name"
_CODES: Final = {name.casefold(): code for code, name in NAMES.items()} | {code.casefold(): code for code in NAMES}


def state(style: StateFormat) -> Formatter:
    """Writes two letters or the name; reads either, to two letters."""
    if style.style == "code":
        return Formatter(read, read)
    return Formatter(lambda value: NAMES[read(value)], read)


def read(value: Value) -> str:
    """The two letters of a state."""
    code = _CODES.get(" ".join(value.split()).casefold()) if isinstance(value, str) else None
    if code is None:
        raise Misfit(_EXPECTED, value)
    return code
