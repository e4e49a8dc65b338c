"""The scopes are told as they are."""

import re
from pathlib import Path

from exchange.access.authority import scopes_of
from exchange.domain.principal import Role, Scope

DOCUMENT = Path(__file__).parents[2] / "docs" / "access.md"
OF = {
    Role.OPERATOR: "operators",
    Role.SOURCE: "sources",
    Role.BUYER: "buyers",
    Role.GATEWAY: "the gateway",
    Role.DELIVERY: "delivery processes",
}


def test_every_scope_has_its_row_with_those_who_may_have_it() -> None:
    rows = re.findall(r"^\| `([a-z:]+)` \| [^|]+ \| ([^|]+) \|$", DOCUMENT.read_text(), re.MULTILINE)
    assert [name for name, _ in rows] == [scope.word for scope in Scope]
    for name, told in rows:
        (scope,) = (one for one in Scope if one.word == name)
        assert {role for role, words in OF.items() if words in told} == {
            role for role in Role if scope in scopes_of(role)
        }
