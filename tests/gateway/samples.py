"""Messages for tests."""

from leadexchange.v1.attribute_pb2 import Attribute
from leadexchange.v1.campaign_pb2 import Campaign, HttpBidding, HttpCall, HttpPosting
from leadexchange.v1.lead_pb2 import Consent, Contact
from leadexchange.v1.ping_pb2 import ConsentEvidence, Ping
from leadexchange.v1.post_pb2 import Post

CONTACT = Contact(
    first_name="Kari",
    last_name="Merritt",
    email="kari.merritt@example.com",
    phone="+12105550169",
    street="28186 Fitzgerald Burgs",
    more={"nickname": "Kay"},
)


def ping(auction_id: str = "auc_1", *campaign_ids: str, window_ms: int = 2_000) -> Ping:
    return Ping(
        auction_id=auction_id,
        campaign_ids=campaign_ids or ("camp_a",),
        vertical="mortgage",
        source_id="ratewise",
        sub_source="aff-36",
        attributes=[
            Attribute(name="zip", code="78251"),
            Attribute(name="loan_amount", number=89000.5),
            Attribute(name="term_months", integer=360),
            Attribute(name="self_employed", flag=False),
        ],
        consent=ConsentEvidence(has_time=True, has_trustedform=True),
        deadline_ms=1_800_000_000_000,
        window_ms=window_ms,
    )


def post(post_id: str = "post_1", campaign_id: str = "camp_a", *, window_ms: int = 2_000) -> Post:
    return Post(
        post_id=post_id,
        auction_id="auc_1",
        campaign_id=campaign_id,
        lead_id="lead_1",
        price_micros=12_500_000,
        bid_reference="b-7",
        vertical="mortgage",
        source_id="ratewise",
        sub_source="aff-36",
        attributes=[Attribute(name="zip", code="78251")],
        contact=CONTACT,
        consent=Consent(given_at="2026-11-13T12:47:11Z", ip="192.0.2.8"),
        deadline_ms=1_800_000_000_000,
        window_ms=window_ms,
    )


def http_campaign(
    campaign_id: str, url: str, *, timeout_ms: int = 0, headers: dict[str, str] | None = None
) -> Campaign:
    ping_call = HttpCall(url=f"{url}/ping", headers=headers or {}, timeout_ms=timeout_ms)
    post_call = HttpCall(url=f"{url}/post", headers=headers or {}, timeout_ms=timeout_ms)
    return Campaign(
        id=campaign_id,
        buyer_id="buyer",
        http_bidding=HttpBidding(call=ping_call),
        http_posting=HttpPosting(call=post_call),
        max_bid_micros=100_000_000,
    )
