"""A mapping as it is written and kept: a JSON document in the shape of `Document`.

What a document says beyond its shape (paths, patterns, which fields go together) is checked by `loading`.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from leadexchange.mapping import limits
from leadexchange.mapping.styles import ConstantText, ConstantValue, CurrencyFormat, Format, Shape

VERSION: Final = 1
"""The one version of the format so far."""

Name = Annotated[str, Meta(min_length=1, max_length=limits.MAX_NAME_CHARS)]
Path = Annotated[str, Meta(min_length=1, max_length=limits.MAX_PATH_CHARS)]
Pattern = Annotated[str, Meta(min_length=1, max_length=limits.MAX_PATTERN_CHARS)]
Namespaces = Annotated[dict[str, Name], Meta(max_length=limits.MAX_NAMESPACES)]

VerdictName = Literal["accepted", "duplicate", "rejected", "pending", "error"]
ReasonWord = Literal["duplicate", "invalid", "capacity", "criteria", "price", "no_bid"]
"""The reasons that the exchange knows; a buyer's own goes beside them as a code."""


# Conditions.


class Range(Shape, frozen=True):
    """Numbers from `min` to `max`, both included; one of them may be left out."""

    min: float | None = None
    max: float | None = None


class Test(Shape, frozen=True, rename={"one_of": "in"}):
    """What a value must be: exactly one of these.

    Values compare as texts, without regard to case and surrounding blanks; 5, 5.0 and "5" are equal, true and "TRUE".
    """

    __test__ = False  # not a test to be collected

    equals: ConstantValue | None = None
    one_of: Annotated[tuple[ConstantValue, ...], Meta(min_length=1, max_length=limits.MAX_CHOICES)] | None = None
    range: Range | None = None
    exists: bool | None = None
    matches: Pattern | None = None
    """A regular expression (RE2's syntax) that the text must hold somewhere."""


class Condition(Test, frozen=True, kw_only=True):
    """A test of an expression's value."""

    of: "Expression"


# Expressions: where a value comes from. A text alone is a field of the input, such as "contact.phone".


class Constant(Shape, tag="constant", frozen=True):
    """Always this value."""

    value: ConstantValue


class First(Shape, tag="first", frozen=True):
    """The first of several that is there."""

    of: Annotated[tuple["Expression", ...], Meta(min_length=1, max_length=limits.MAX_PARTS)]


class Join(Shape, tag="join", frozen=True):
    """Several, one after another; those that are absent are left out with their separator."""

    of: Annotated[tuple["Expression", ...], Meta(min_length=1, max_length=limits.MAX_PARTS)]
    separator: Annotated[str, Meta(max_length=limits.MAX_NAME_CHARS)] = " "


class When(Shape, tag="if", frozen=True):
    """One or the other, by conditions that must all hold; without `otherwise` it is absent."""

    when: Annotated[tuple[Condition, ...], Meta(min_length=1, max_length=limits.MAX_CONDITIONS)]
    then: "Expression"
    otherwise: "Expression | None" = None


class Lookup(Shape, tag="lookup", frozen=True):
    """A value's entry in a table, compared as in a test; without `otherwise`, what is not in the table is absent."""

    of: "Expression"
    table: Annotated[dict[str, ConstantValue], Meta(min_length=1, max_length=limits.MAX_TABLE)]
    otherwise: "Expression | None" = None


class Formatted(Shape, tag="format", frozen=True, rename={"style": "as"}):
    """A value in a format, where a rule's own `format` does not reach: inside other expressions."""

    of: "Expression"
    style: Format


Expression = Path | Constant | First | Join | When | Lookup | Formatted


# Requests.


class Rule(Shape, frozen=True, rename={"source": "from"}):
    """One value of the output."""

    to: Path
    """Where it goes: a path of JSON (`applicant.phones[0]`), a path of XML (`customer/name[@part='first']`,
    `vehicle/@year`), or a name."""
    source: "Expression"
    format: Format | None = None
    absent: Literal["omit", "required", "empty", "null"] = "omit"
    """What becomes of it when the value is absent (missing, null or an empty text)."""


Rules = Annotated[tuple[Rule, ...], Meta(max_length=limits.MAX_RULES)]
HeaderRules = Annotated[tuple[Rule, ...], Meta(max_length=limits.MAX_HEADER_RULES)]


class JsonRequest(Shape, tag_field="format", tag="json", frozen=True):
    """A JSON body."""

    rules: Rules
    query: Rules = ()
    headers: HeaderRules = ()


class FormRequest(Shape, tag_field="format", tag="form", frozen=True):
    """A body of `application/x-www-form-urlencoded`."""

    rules: Rules
    query: Rules = ()
    headers: HeaderRules = ()


class QueryRequest(Shape, tag_field="format", tag="query", frozen=True):
    """No body: the rules make the query string."""

    rules: Rules
    headers: HeaderRules = ()


class Instruction(Shape, frozen=True):
    """A processing instruction before the root: `<?adf version="1.0"?>`."""

    target: Name
    text: ConstantText = ""


class XmlRequest(Shape, tag_field="format", tag="xml", frozen=True):
    """An XML body. Elements stand in the order in which rules first name them."""

    root: Name
    rules: Rules
    namespaces: Namespaces = msgspec.field(default_factory=dict)
    """URIs by prefix; the empty prefix is the default namespace, which elements without a prefix are in."""
    instructions: Annotated[tuple[Instruction, ...], Meta(max_length=limits.MAX_INSTRUCTIONS)] = ()
    content_type: Annotated[str, Meta(min_length=1, max_length=limits.MAX_NAME_CHARS)] = "application/xml"
    query: Rules = ()
    headers: HeaderRules = ()


Request = JsonRequest | FormRequest | QueryRequest | XmlRequest


# Responses. A text alone reads `$…` by JSONPath (RFC 9535), `/…` by XPath, `status` the status code, `text` the body.


class FormReader(Shape, tag="form", frozen=True):
    """A parameter of an answer like `status=ok&price=12.50`."""

    name: Name


class RegexReader(Shape, tag="regex", frozen=True):
    """What a regular expression (RE2's syntax) finds: its first group if it has one, else the whole match."""

    pattern: Pattern
    of: "Reader" = "text"


Reader = Path | FormReader | RegexReader


class Match(Test, frozen=True, kw_only=True):
    """A test of what an answer says."""

    read: "Reader"


class VerdictRule(Shape, frozen=True):
    """A verdict, when all of these match."""

    when: Annotated[tuple[Match, ...], Meta(min_length=1, max_length=limits.MAX_MATCHES)]
    verdict: VerdictName


class PriceReader(Shape, frozen=True):
    """Where the price is. A price of 0 is no bid; so is a missing one where it is required."""

    read: "Reader"
    format: CurrencyFormat = CurrencyFormat(thousands=",", symbol="$")
    required: bool = False


class ReasonPattern(Shape, frozen=True):
    """A reason by a regular expression that the buyer's text holds."""

    matches: Pattern
    reason: ReasonWord


class ReasonReader(Shape, frozen=True):
    """Where the reason is, and what the buyer's words mean: by the table first, then by the patterns in order."""

    read: "Reader"
    table: Annotated[dict[str, ReasonWord], Meta(max_length=limits.MAX_TABLE)] = msgspec.field(default_factory=dict)
    patterns: Annotated[tuple[ReasonPattern, ...], Meta(max_length=limits.MAX_REASON_PATTERNS)] = ()
    otherwise: ReasonWord | None = None


class Statuses(Shape, frozen=True):
    """Status codes from `min` to `max`, both included."""

    min: Annotated[int, Meta(ge=100, le=599)] = 200
    max: Annotated[int, Meta(ge=100, le=599)] = 299


class Response(Shape, frozen=True):
    """How an answer is read. The first verdict rule that matches decides."""

    verdict: Annotated[tuple[VerdictRule, ...], Meta(max_length=limits.MAX_VERDICT_RULES)] = ()
    otherwise: VerdictName = "error"
    """When no rule matches, though all of what they ask for could be read."""
    statuses: Statuses = Statuses()
    """At which status codes the body is read. At others only rules about the status can match; if none does, the
    answer is an error."""
    namespaces: Namespaces = msgspec.field(default_factory=dict)
    """URIs by prefix, for XPath; the empty prefix means nothing there."""
    price: PriceReader | None = None
    reference: Reader | None = None
    """The buyer's id for the lead."""
    redirect_url: Reader | None = None
    """Where the consumer goes next; only https counts."""
    reason: ReasonReader | None = None


class Document(Shape, frozen=True):
    """The whole mapping."""

    version: Literal[1]
    request: Request
    response: Response = Response(otherwise="accepted")
    """Absent: any 2xx is an acceptance."""


def schema() -> Mapping[str, Any]:
    """The document's JSON Schema (2020-12)."""
    return msgspec.json.schema(Document)
