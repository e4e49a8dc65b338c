"""How answers are read: by JSONPath, XPath, form, regular expression, text and status, to a verdict and the rest."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadexchange.mapping import Answer, Mapping, Verdict, load

JSON = "application/json"
NO_RULE = "expected what a verdict rule matches; got "


def reading(**response: object) -> Mapping:
    return load({"version": 1, "request": {"format": "json", "rules": []}, "response": response})


def when(read: object, verdict: str, **test: object) -> dict[str, object]:
    return {"when": [{"read": read, **test}], "verdict": verdict}


PING = reading(
    verdict=[
        when("$.outcome", "accepted", equals="success"),
        when("$.outcome", "rejected", equals="failure"),
        when("status", "rejected", equals=204),
    ],
    price={"read": "$.price", "required": True},
    reference="$.bid_id",
    redirect_url="$.redirect",
    reason={
        "read": "$.reason",
        "table": {"Already Sold": "duplicate", "cap": "capacity"},
        "patterns": [
            {"matches": "(?i)duplicate|already", "reason": "duplicate"},
            {"matches": "(?i)state|zip", "reason": "criteria"},
        ],
    },
)


@pytest.mark.parametrize(
    ("status", "body", "answer"),
    [
        (200, '{"outcome": "success", "price": 12.5}', Answer(Verdict.ACCEPTED, 12_500_000)),
        (200, '{"outcome": " SUCCESS ", "price": "$1,012.50"}', Answer(Verdict.ACCEPTED, 1_012_500_000)),
        (
            201,
            '{"outcome": "success", "price": 3, "bid_id": 88, "redirect": "https://b.example/x"}',
            Answer(Verdict.ACCEPTED, 3_000_000, "88", "https://b.example/x"),
        ),
        (200, '{"outcome": "success", "price": 0}', Answer(Verdict.REJECTED, reason="no_bid")),
        (200, '{"outcome": "success", "price": "0.00"}', Answer(Verdict.REJECTED, reason="no_bid")),
        (200, '{"outcome": "success", "price": 0.0000004}', Answer(Verdict.REJECTED, reason="no_bid")),
        (200, '{"outcome": "success"}', Answer(Verdict.REJECTED, reason="no_bid")),
        (200, '{"outcome": "success", "price": null}', Answer(Verdict.REJECTED, reason="no_bid")),
        (200, '{"outcome": "success", "price": 14.3999999999}', Answer(Verdict.ACCEPTED, 14_399_999)),
        (204, "", Answer(Verdict.REJECTED)),
        (200, '{"outcome": "failure"}', Answer(Verdict.REJECTED)),
        (200, '{"outcome": "failure", "reason": "cap"}', Answer(Verdict.REJECTED, reason="capacity", code="cap")),
        (200, '{"outcome": "failure", "reason": "ALREADY SOLD"}', Answer(Verdict.DUPLICATE, reason="duplicate")),
        (200, '{"outcome": "failure", "reason": "A duplicate."}', Answer(Verdict.DUPLICATE, reason="duplicate")),
        (
            200,
            '{"outcome": "failure", "reason": "zip_code"}',
            Answer(Verdict.REJECTED, reason="criteria", code="zip_code"),
        ),
        (200, '{"outcome": "failure", "reason": "2105550169"}', Answer(Verdict.REJECTED)),
        (200, '{"outcome": "failure", "reason": "Kari lives elsewhere"}', Answer(Verdict.REJECTED)),
    ],
)
def test_a_json_answer(status: int, body: str, answer: Answer) -> None:
    assert PING.read(status, JSON, body.encode()) == answer


@pytest.mark.parametrize(
    ("status", "content_type", "body", "detail"),
    [
        (
            200,
            JSON,
            '{"outcome": "maybe"}',
            NO_RULE + '"maybe" at $.outcome, "200" at status',
        ),
        (
            200,
            JSON,
            '{"outcome": "Kari Merritt"}',
            NO_RULE + "text of 12 characters at $.outcome",
        ),
        (
            200,
            JSON,
            '{"outcome": "2105550169"}',
            NO_RULE + "text of 10 characters at $.outcome",
        ),
        (200, JSON, "{}", NO_RULE + "nothing at $.outcome"),
        (
            200,
            JSON,
            '{"outcome": "success", "price": "call us"}',
            "expected an amount of money as the price; got text of 7",
        ),
        (200, JSON, '{"outcome": "success", "price": true}', "expected a number as the price; got true or false"),
        (200, JSON, '{"outcome": "success", "price": -1}', "expected a price from 0 to 1000000; got another number"),
        (200, JSON, '{"outcome": "success", "price": 1000000.01}', "expected a price from 0 to 1000000; got another"),
        (200, JSON, '{"outcome": "success", "price": 1e30}', "expected a price from 0 to 1000000; got another"),
        (200, JSON, '{"outcome": "success", "price": 1e400}', "expected a number as the price; got a number"),
        (200, "text/html; charset=x", "<html>Kari</html>", "expected JSON; got 17 bytes of text/html beginning with <"),
        (200, "", "", "expected JSON; got 0 bytes of no media type"),
        (500, JSON, '{"outcome": "success", "price": 9}', "expected a status from 200 to 299; got 500"),
        (404, "text/html", "<html/>", "expected a status from 200 to 299; got 404"),
    ],
)
def test_what_is_no_answer_says_what_was_expected_and_what_came(
    status: int, content_type: str, body: str, detail: str
) -> None:
    answer = PING.read(status, content_type, body.encode())
    assert answer.verdict is Verdict.ERROR
    assert answer.detail.startswith(detail)
    assert "Kari" not in answer.detail
    assert answer.price_micros is None


XML = reading(
    namespaces={"s": "http://schemas.xmlsoap.org/soap/envelope/", "b": "urn:buyer"},
    verdict=[
        when("/s:Envelope/s:Body/b:Result/@code", "accepted", equals=0),
        when("//s:Fault/faultcode", "error", exists=True),
        when("/s:Envelope/s:Body/b:Result/@code", "pending", **{"in": [7, 8]}),
        when("/s:Envelope/s:Body/b:Result/@code", "duplicate", range={"min": 100, "max": 199}),
    ],
    otherwise="rejected",
    price={"read": "//b:Price[@currency='USD']", "format": {"type": "currency", "unit": "cent"}},
    reference="//b:Field[@name='id'][1]/text()",
    reason={"read": "//b:Note", "otherwise": "invalid"},
)


def soap(inner: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/">'
        f'<soap:Body xmlns="urn:buyer">{inner}</soap:Body></soap:Envelope>'
    ).encode()


BOUGHT = """
    <Result code="0"/><Price currency="EUR">1</Price><Price currency="USD"> 1250 </Price>
    <Field name="x">no</Field><Field name="id"><![CDATA[L-1]]></Field>
"""


@pytest.mark.parametrize(
    ("inner", "answer"),
    [
        (BOUGHT, Answer(Verdict.ACCEPTED, 12_500_000, "L-1")),
        ('<Result code="0"/>', Answer(Verdict.ACCEPTED)),
        ('<Result code="8"/>', Answer(Verdict.PENDING)),
        ('<Result code="7"/><Price currency="USD">0</Price>', Answer(Verdict.PENDING)),
        ('<Result code="150"/>', Answer(Verdict.DUPLICATE, reason="duplicate")),
        ('<Result code="99"/><Note>E-7</Note>', Answer(Verdict.REJECTED, reason="invalid", code="E-7")),
        (
            '<soap:Fault><faultcode xmlns="">soap:Server</faultcode></soap:Fault>',
            Answer(Verdict.ERROR, reason="invalid", detail="the buyer reports an error"),
        ),
    ],
)
def test_an_xml_answer(inner: str, answer: Answer) -> None:
    assert XML.read(200, "text/xml", soap(inner)) == answer


@pytest.mark.parametrize(
    ("encoded", "content_type"),
    [
        ("<r><s>José</s></r>".encode(), "text/xml"),
        ("<?xml version='1.0' encoding='ISO-8859-1'?><r><s>José</s></r>".encode("latin-1"), "text/xml"),
        ("<r><s>José</s></r>".encode("latin-1"), 'text/xml; charset="iso-8859-1"'),
        ("<?xml version='1.0' encoding='UTF-16'?><r><s>José</s></r>".encode("utf-16"), "text/xml"),
        ("\ufeff<r><s>José</s></r>".encode(), "text/xml"),
    ],
)
def test_encodings(encoded: bytes, content_type: str) -> None:
    mapping = reading(verdict=[when("/r/s", "accepted", equals="josé")])
    assert mapping.read(200, content_type, encoded).verdict is Verdict.ACCEPTED


def test_a_form_answer() -> None:
    mapping = reading(
        verdict=[when({"type": "form", "name": "result"}, "accepted", equals="OK")],
        price={"read": {"type": "form", "name": "price"}},
    )
    assert mapping.read(200, "text/plain", b"result=ok&price=%2412.50&result=no&\n") == Answer(
        Verdict.ACCEPTED, 12_500_000
    )
    broken = mapping.read(200, "text/plain", b"ACCEPTED")
    assert broken.detail == "expected parameters such as status=ok&price=12.50; got 8 bytes of text/plain"


def test_a_text_answer_by_regular_expressions() -> None:
    mapping = reading(
        verdict=[
            when("text", "accepted", matches="(?i)^accepted"),
            when({"type": "regex", "pattern": r"^([A-Z]+)\|"}, "duplicate", equals="DUP"),
            when("text", "rejected", equals="no"),
        ],
        price={"read": {"type": "regex", "pattern": r"\|\$?([0-9.]+)\|"}},
        reference={"type": "regex", "pattern": "[0-9]+$", "of": {"type": "regex", "pattern": "id=[0-9]+"}},
    )
    assert mapping.read(200, "text/plain", b"Accepted|$12.50|id=77\n") == Answer(Verdict.ACCEPTED, 12_500_000, "77")
    assert mapping.read(200, "text/plain", b"DUP|").verdict is Verdict.DUPLICATE
    assert mapping.read(200, "text/plain", b" No ").verdict is Verdict.REJECTED
    assert mapping.read(200, "text/plain", b"???").verdict is Verdict.ERROR


def test_rules_go_in_order_and_all_of_a_rule_must_match() -> None:
    mapping = reading(
        statuses={"min": 200, "max": 499},
        verdict=[
            {"when": [{"read": "status", "equals": 422}, {"read": "$.code", "equals": "dup"}], "verdict": "duplicate"},
            when("status", "rejected", range={"min": 400, "max": 499}),
            when("$.price", "accepted", exists=True),
            when("$.price", "rejected", exists=False),
        ],
    )
    assert mapping.read(422, JSON, b'{"code": "dup", "price": 1}').verdict is Verdict.DUPLICATE
    assert mapping.read(422, JSON, b'{"code": "other", "price": 1}').verdict is Verdict.REJECTED
    assert mapping.read(404, "text/html", b"<html>").verdict is Verdict.REJECTED  # its status is known all the same
    assert mapping.read(200, JSON, b'{"price": 1}').verdict is Verdict.ACCEPTED
    assert mapping.read(200, JSON, b'{"price": ""}').verdict is Verdict.REJECTED
    assert mapping.read(503, JSON, b'{"price": 1}').verdict is Verdict.ERROR


def test_otherwise_is_for_what_was_read_and_did_not_match() -> None:
    mapping = reading(verdict=[when("$.ok", "accepted", equals=True)], otherwise="rejected")
    assert mapping.read(200, JSON, b'{"ok": false}').verdict is Verdict.REJECTED
    assert mapping.read(200, JSON, b"<html>").verdict is Verdict.ERROR
    assert mapping.read(500, JSON, b'{"ok": true}').verdict is Verdict.ERROR


def test_without_a_response_any_2xx_is_an_acceptance() -> None:
    mapping = load({"version": 1, "request": {"format": "json", "rules": []}})
    assert mapping.read(202, "", b"") == Answer(Verdict.ACCEPTED)
    assert mapping.read(302, "", b"") == Answer(Verdict.ERROR, detail="expected a status from 200 to 299; got 302")


def test_what_stands_beside_the_verdict_does_not_undo_it() -> None:
    mapping = reading(
        verdict=[when("status", "accepted", equals=201)],
        price={"read": "$.price"},
        reference="$.id",
        redirect_url="/r/url",
        reason={"read": "$.why"},
    )
    assert mapping.read(201, "", b"") == Answer(Verdict.ACCEPTED)
    required = reading(verdict=[when("status", "accepted", equals=201)], price={"read": "$.price", "required": True})
    assert required.read(201, "", b"").verdict is Verdict.ERROR


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://b.example/next?id=1", True),
        ("HTTPS://b.example", True),
        ("http://b.example/", False),
        ("javascript:alert(1)", False),
        ("https://b.example/ x", False),
        ("https://", False),
        ("https://b.example/" + "a" * 2_040, False),
    ],
)
def test_only_https_sends_the_consumer_on(url: str, kept: bool) -> None:
    mapping = reading(verdict=[when("status", "accepted", equals=200)], redirect_url="text")
    assert mapping.read(200, "text/plain", url.encode()).redirect_url == (url if kept else "")


@pytest.mark.parametrize(("reference", "kept"), [("L-1", True), ("a" * 128, True), ("a" * 129, False), ("a\nb", False)])
def test_a_reference_has_the_contracts_bounds(reference: str, kept: bool) -> None:
    mapping = reading(verdict=[when("status", "accepted", equals=200)], reference="text")
    assert mapping.read(200, "text/plain", reference.encode()).reference == (reference if kept else "")


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("$.a.b[1].c", "x"),
        ("$['a']['b'][-1].c", "x"),
        ("$.a.b[*].c", "x"),
        ("$..c", "x"),
        ("$.a.b[?@.n == 2].c", "x"),
        ("$.a.b[?@.n > 1 && @.c].c", "x"),
        ("$.a.b[1:].c", "x"),
        ("$.a.t[0]", None),
        ("$.a.b", None),
        ("$.a.b.c", None),
        ("$.a[0]", None),
        ("$.nil", None),
        ("$.flag", "true"),
        ("$.half", "0.5"),
    ],
)
def test_json_paths(path: str, found: str | None) -> None:
    body = b'{"a": {"b": [{"n": 1}, {"n": 2, "c": "x"}], "t": "text"}, "nil": null, "flag": true, "half": 0.50}'
    mapping = reading(verdict=[when(path, "accepted", exists=True)], otherwise="rejected", reference=path)
    answer = mapping.read(200, JSON, body)
    assert (answer.verdict is Verdict.ACCEPTED) is (found is not None)
    assert answer.reference == (found or "")


@given(st.integers(100, 599), st.text(max_size=20), st.binary(max_size=200))
def test_reading_never_raises(status: int, content_type: str, body: bytes) -> None:
    for mapping in (PING, XML):
        assert isinstance(mapping.read(status, content_type, body), Answer)
