"""Made requests: what the schema allows is read, and what it refuses is explained."""

import math
from typing import Any, Final

from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from adapters.soap import shapes
from adapters.soap.explain import explain
from adapters.soap.operations import BY_NAME, OPERATIONS, Operation
from adapters.soap.reading import read
from adapters.soap.shapes import NAMESPACE, Element, Kind, Noun, Pair
from adapters.soap.writing import escape
from tests.soap.wire import DESCRIPTION

TEXTS: Final = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"))


def text_of(kind: Kind) -> st.SearchStrategy[str]:
    """Texts that the schema allows."""
    match kind:
        case shapes.Text():
            texts = st.from_regex(kind.pattern, fullmatch=True) if kind.pattern else TEXTS
            return texts.filter(lambda text: kind.least <= len(text) <= kind.most)
        case shapes.Whole():
            return st.integers(kind.least, kind.most).map(str)
        case shapes.Flag():
            return st.sampled_from(["true", "false", "1", "0"])
        case shapes.Time():
            return st.datetimes().map(lambda time: time.isoformat() + "Z")
        case shapes.Amount():
            return st.integers(0, 10**17).map(lambda micros: f"{micros // 10**6}.{micros % 10**6:06}")
        case shapes.Code():
            return st.sampled_from(sorted(kind.numbers))
        case _:
            raise AssertionError(kind)


def element_of(element: Element) -> st.SearchStrategy[str]:
    if isinstance(element.kind, (Noun, Pair)):
        inner = noun_of(element.kind)
    elif isinstance(element.kind, shapes.Reason):
        inner = st.just("OTHER")
    else:
        inner = text_of(element.kind).map(escape)
    one = inner.map(lambda text: f"<{element.name}>{text}</{element.name}>")
    least = 1 if element.required else 0
    # Pairs once: that a name comes once is not for the schema to say.
    most = 1 if isinstance(element.kind, Pair) else min(element.many or math.inf, 2)
    return st.lists(one, min_size=least, max_size=int(most)).map("".join)


def noun_of(noun: Noun | Pair) -> st.SearchStrategy[str]:
    return st.tuples(*map(element_of, noun.elements)).map("".join)


def request_of(operation: Operation) -> st.SearchStrategy[str]:
    """Bodies of an operation."""
    opened = f'<{operation.name} xmlns="{NAMESPACE}">'
    return noun_of(operation.request).map(lambda inner: f"{opened}{inner}</{operation.name}>")


REQUESTS: Final = st.sampled_from(OPERATIONS).flatmap(request_of)


@given(REQUESTS)
@settings(max_examples=50)
def test_what_the_schema_allows_is_read_and_needs_no_explanation(body: str) -> None:
    root = etree.fromstring(body)
    assert DESCRIPTION.schema.validate(root), DESCRIPTION.schema.error_log
    operation = BY_NAME[etree.QName(root).localname]
    read(root, operation.request, operation.ask())
    assert [error.expected for error in explain(root, operation.request)] == ["what the schema says"]


@given(REQUESTS, st.randoms(use_true_random=False))
@settings(max_examples=100)
def test_what_the_schema_refuses_is_explained(body: str, random: Any) -> None:
    root = etree.fromstring(body)
    change(root, random)
    root = etree.fromstring(etree.tostring(root))
    operation = BY_NAME[etree.QName(root).localname]
    if not DESCRIPTION.schema.validate(root):
        errors = explain(root, operation.request)
        assert [error.expected for error in errors] != ["what the schema says"], etree.tostring(root)


def change(root: etree._Element, random: Any) -> None:
    """Does one of the usual wrongs to a tree."""
    element = random.choice(list(root.iter())[1:] or [root])
    parent = element.getparent()
    match random.randrange(6):
        case 0 if parent is not None:
            parent.remove(element)
        case 1 if parent is not None:
            parent.append(element)
        case 2:
            element.text = random.choice(["", "x" * 5_000, "-1", "maybe", "1e9"])
        case 3:
            element.set("extra", "1")
        case 4:
            etree.SubElement(element, random.choice(["{urn:x}a", f"{{{NAMESPACE}}}leadId"]))
        case 5 if parent is not None:
            element.tag = f"{{{NAMESPACE}}}another"
