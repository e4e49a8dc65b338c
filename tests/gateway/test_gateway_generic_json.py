"""The generic JSON dialect, by values."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.gateway.call import Answer, Failure
from adapters.gateway.generic_json import micros, ping_body, ping_tail, post_body, price_text, read_bid, read_post
from leadexchange.v1.bid_pb2 import Bid
from leadexchange.v1.post_pb2 import (
    POST_VERDICT_ACCEPTED,
    POST_VERDICT_FAILED,
    POST_VERDICT_PENDING,
    POST_VERDICT_REJECTED,
    PostReply,
    PostVerdict,
)
from leadexchange.v1.reason_pb2 import (
    REASON_BID_INVALID,
    REASON_BID_TIMEOUT,
    REASON_BIDDER_ERROR,
    REASON_NO_BID,
    REASON_PENDING_REVIEW,
    REASON_POST_ERROR,
    REASON_POST_NOT_SENT,
    REASON_POST_TIMEOUT,
    REASON_REJECTED,
    REASON_REJECTED_CAPACITY,
    REASON_REJECTED_DUPLICATE,
    REASON_UNSPECIFIED,
    Reason,
)
from tests.gateway.samples import ping, post

MOST = 100_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"12.5", 12_500_000),
        (b'"12.50"', 12_500_000),
        (b"0.1", 100_000),
        (b"0.000001", 1),
        (b"12.50000000000", 12_500_000),
        (b"0", 0),
        (b'"0.00"', 0),
        (b"1000000", 1_000_000_000_000),
    ],
)
def test_prices_are_read_exactly(text: bytes, expected: int) -> None:
    assert micros(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        b"-1", b'"-0.01"', b"1e3", b'"1E2"', b"0.0000001", b"0.30000000000000004", b'"$12.50"', b'"12,50"', b'" 1"',
        b'"1', b'1"', b'""', b"", b"null", b"true", b"NaN", b'"NaN"', b"[1]", b'{"a":1}', b"1000000.000001", b"1" * 40,
        b".5", b"5.", "\u0661".encode(),
    ],
)  # fmt: skip
def test_what_is_not_a_price_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError, match="price"):
        micros(text)


@given(st.integers(min_value=0, max_value=1_000_000_000_000))
def test_a_price_survives_as_text_and_as_number(amount: int) -> None:
    text = price_text(amount)
    assert micros(f'"{text}"'.encode()) == micros(text.encode()) == amount
    assert Decimal(text) * 1_000_000 == amount
    assert 2 <= len(text.partition(".")[2]) <= 6


def test_a_ping_tells_everything_but_the_person() -> None:
    body = json.loads(ping_body(ping_tail(ping("auc_1")), "camp_a", 97))
    assert body == {
        "campaign_id": "camp_a",
        "window_ms": 97,
        "auction_id": "auc_1",
        "vertical": "mortgage",
        "source_id": "ratewise",
        "sub_source": "aff-36",
        "attributes": {"zip": "78251", "loan_amount": 89000.5, "term_months": 360, "self_employed": False},
        "consent": {"has_time": True, "has_trustedform": True, "has_jornaya": False, "has_text": False},
        "deadline_ms": 1_800_000_000_000,
        "test": False,
    }


def test_a_post_tells_the_whole_lead() -> None:
    assert json.loads(post_body(post(), 497)) == {
        "post_id": "post_1",
        "auction_id": "auc_1",
        "campaign_id": "camp_a",
        "lead_id": "lead_1",
        "price": "12.50",
        "currency": "USD",
        "bid_reference": "b-7",
        "vertical": "mortgage",
        "source_id": "ratewise",
        "sub_source": "aff-36",
        "attributes": {"zip": "78251"},
        "contact": {
            "first_name": "Kari",
            "last_name": "Merritt",
            "email": "kari.merritt@example.com",
            "phone": "+12105550169",
            "street": "28186 Fitzgerald Burgs",
            "more": {"nickname": "Kay"},
        },
        "consent": {"given_at": "2026-11-13T12:47:11Z", "ip": "192.0.2.8"},
        "deadline_ms": 1_800_000_000_000,
        "window_ms": 497,
        "test": False,
        "repeat": False,
    }


def bid_of(answer: Answer) -> Bid:
    return read_bid(answer, "auc_1", "camp_a", MOST)


@pytest.mark.parametrize(
    ("body", "price", "reference"),
    [
        (b'{"price":"12.50","reference":"q-1"}', 12_500_000, "q-1"),
        (b'{"price":12.5}', 12_500_000, ""),
        (b'{"price":100,"reference":null,"else":[1]}', 100_000_000, ""),
        (b' {"no_bid":false,"price":1}\n', 1_000_000, ""),
    ],
)
def test_bids(body: bytes, price: int, reference: str) -> None:
    assert bid_of(Answer(status=200, body=body)) == Bid(
        auction_id="auc_1", campaign_id="camp_a", price_micros=price, bid_reference=reference
    )


@pytest.mark.parametrize(
    ("answer", "reason", "code"),
    [
        (Answer(status=204), REASON_NO_BID, ""),
        (Answer(status=200, body=b'{"no_bid":true,"reason":"over_cap"}'), REASON_NO_BID, "over_cap"),
        (Answer(status=200, body=b'{"no_bid":true,"reason":"call Kari Merritt"}'), REASON_NO_BID, ""),
        (Answer(status=200, body=b'{"no_bid":true,"price":5}'), REASON_NO_BID, ""),
        (Answer(status=200, body=b'{"price":0,"reason":"state"}'), REASON_NO_BID, "state"),
        (Answer(status=200, body=b'{"price":"0.00"}'), REASON_NO_BID, ""),
        (Answer(status=200, body=b'{"price":100.000001}'), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b'{"price":-1}'), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b'{"price":1,"reference":"%b"}' % (b"x" * 129)), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b'{"price":1,"reference":7}'), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b"{}"), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b""), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b'{"price":1'), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b'[{"price":1}]'), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b'{"price":1,"reason":"\xff"}'), REASON_BID_INVALID, ""),
        (Answer(status=200, body=b"[" * 60_000), REASON_BID_INVALID, ""),
        (Answer(status=201, body=b'{"price":1}'), REASON_BIDDER_ERROR, "http_201"),
        (Answer(status=302), REASON_BIDDER_ERROR, "http_302"),
        (Answer(status=503, body=b'{"price":1}'), REASON_BIDDER_ERROR, "http_503"),
        (Answer(failure=Failure.TIMEOUT), REASON_BID_TIMEOUT, ""),
        (Answer(failure=Failure.TIMEOUT, sent=False), REASON_BID_TIMEOUT, ""),
        (Answer(failure=Failure.BROKEN), REASON_BIDDER_ERROR, "broken"),
        (Answer(failure=Failure.UNREACHABLE, sent=False), REASON_BIDDER_ERROR, "unreachable"),
    ],
)
def test_what_is_not_a_bid(answer: Answer, reason: Reason, code: str) -> None:
    assert bid_of(answer) == Bid(auction_id="auc_1", campaign_id="camp_a", reason=reason, reason_code=code)


@given(st.integers(min_value=100, max_value=599), st.binary(max_size=200))
def test_any_answer_to_a_ping_is_a_bid_within_bounds_or_a_reason(status: int, body: bytes) -> None:
    bid = bid_of(Answer(status=status, body=body))
    assert (0 < bid.price_micros <= MOST) != (bid.reason != REASON_UNSPECIFIED)


REJECTED, FAILED = POST_VERDICT_REJECTED, POST_VERDICT_FAILED


@pytest.mark.parametrize(
    ("answer", "verdict", "reason", "code"),
    [
        (Answer(status=200, body=b'{"status":"accepted"}'), POST_VERDICT_ACCEPTED, REASON_UNSPECIFIED, ""),
        (Answer(status=201, body=b'{"status":"accepted"}'), POST_VERDICT_ACCEPTED, REASON_UNSPECIFIED, ""),
        (Answer(status=202, body=b'{"status":"pending"}'), POST_VERDICT_PENDING, REASON_PENDING_REVIEW, ""),
        (Answer(status=200, body=b'{"status":"rejected"}'), REJECTED, REASON_REJECTED, ""),
        (Answer(status=200, body=b'{"status":"rejected","reason":"capacity"}'), REJECTED, REASON_REJECTED_CAPACITY,
         "capacity"),
        (Answer(status=422, body=b'{"status":"rejected","reason":"no_fit"}'), REJECTED, REASON_REJECTED, "no_fit"),
        (Answer(status=200, body=b'{"status":"rejected","reason":"kari@example.com"}'), REJECTED, REASON_REJECTED, ""),
        (Answer(status=409, body=b'{"status":"duplicate","reason":"d1"}'), REJECTED, REASON_REJECTED_DUPLICATE, "d1"),
        (Answer(status=200, body=b'{"status":"ok"}'), FAILED, REASON_POST_ERROR, "unreadable"),
        (Answer(status=200, body=b'{"status":"accepted","price":"12,50"}'), FAILED, REASON_POST_ERROR, "unreadable"),
        (Answer(status=204), FAILED, REASON_POST_ERROR, "unreadable"),
        (Answer(status=404, body=b"not found"), FAILED, REASON_POST_ERROR, "http_404"),
        (Answer(status=302, body=b'{"status":"accepted"}'), FAILED, REASON_POST_ERROR, "http_302"),
        (Answer(status=500, body=b'{"status":"accepted"}'), FAILED, REASON_POST_ERROR, "http_500"),
        (Answer(failure=Failure.TIMEOUT), FAILED, REASON_POST_TIMEOUT, ""),
        (Answer(failure=Failure.TIMEOUT, sent=False), FAILED, REASON_POST_NOT_SENT, ""),
        (Answer(failure=Failure.UNREACHABLE, sent=False), FAILED, REASON_POST_NOT_SENT, ""),
        (Answer(failure=Failure.UNREACHABLE), FAILED, REASON_POST_ERROR, "unreachable"),
        (Answer(failure=Failure.BROKEN), FAILED, REASON_POST_ERROR, "broken"),
    ],
)  # fmt: skip
def test_verdicts_on_posts(answer: Answer, verdict: PostVerdict, reason: Reason, code: str) -> None:
    assert read_post(answer, "post_1") == PostReply(post_id="post_1", verdict=verdict, reason=reason, reason_code=code)


def test_an_acceptance_with_everything() -> None:
    body = b'{"status":"accepted","price":"11.25","reference":"L-9","redirect_url":"https://buyer.example/next"}'
    assert read_post(Answer(status=200, body=body), "post_1") == PostReply(
        post_id="post_1",
        verdict=POST_VERDICT_ACCEPTED,
        price_micros=11_250_000,
        buyer_reference="L-9",
        redirect_url="https://buyer.example/next",
    )


@pytest.mark.parametrize("url", ["http://buyer.example/", "javascript:alert(1)", "https://" + "x" * 2_048])
def test_a_bad_redirect_or_reference_is_left_out_but_the_sale_stands(url: str) -> None:
    body = json.dumps({"status": "accepted", "redirect_url": url, "reference": "x" * 129}).encode()
    assert read_post(Answer(status=200, body=body), "post_1") == PostReply(
        post_id="post_1", verdict=POST_VERDICT_ACCEPTED
    )


@given(st.integers(min_value=100, max_value=599), st.binary(max_size=200))
def test_any_answer_to_a_post_has_a_verdict(status: int, body: bytes) -> None:
    assert read_post(Answer(status=status, body=body), "post_1").verdict != 0
