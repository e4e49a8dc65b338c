"""Submissions to the contract and their outcomes to JSON, written out: they are what is called most."""

from collections.abc import Iterable
from typing import Final

from adapters.rest.convert.common import REASONS, Names, money_of, time_of
from adapters.rest.convert.plan import plan_of
from adapters.rest.problems import Violation, invalid
from adapters.rest.shapes import lead as shapes
from leadexchange.v1 import lead_pb2, ping_pb2, submission_service_pb2

STATUSES: Final = Names(lead_pb2.LeadStatus, "LEAD_STATUS_")


def submit_request(body: shapes.LeadSubmission, request_id: str) -> submission_service_pb2.SubmitLeadRequest:
    """A one-shot submission."""
    return submission_service_pb2.SubmitLeadRequest(
        request_id=request_id,
        profile=_profile(body),
        contact=_contact(body.contact),
        consent=_consent(body.consent),
        source_id=_source_id(body),
        budget_ms=body.budget_ms,
    )


def ping_request(body: shapes.PingSubmission, request_id: str) -> submission_service_pb2.PingLeadRequest:
    """The first of two steps."""
    return submission_service_pb2.PingLeadRequest(
        request_id=request_id,
        profile=_profile(body),
        consent=_evidence(body.consent),
        source_id=_source_id(body),
        budget_ms=body.budget_ms,
    )


def post_request(ping_id: str, body: shapes.LeadSubmission, request_id: str) -> submission_service_pb2.PostLeadRequest:
    """The second step. The profile goes along only when the caller repeats some of it."""
    repeats = body.vertical is not None or body.attributes is not None or body.external_id is not None
    return submission_service_pb2.PostLeadRequest(
        ping_id=ping_id,
        request_id=request_id,
        contact=_contact(body.contact),
        consent=_consent(body.consent),
        profile=_profile(body) if repeats else None,
        source_id=_source_id(body),
        budget_ms=body.budget_ms,
    )


def outcome_of(outcome: submission_service_pb2.LeadOutcome) -> shapes.Outcome:
    """What became of a submission."""
    return shapes.Outcome(
        lead_id=outcome.lead_id,
        auction_id=outcome.auction_id,
        status=STATUSES.name(outcome.status) or "",
        reason=REASONS.name(outcome.reason),
        payout=money_of(outcome.payout) if outcome.HasField("payout") else None,
        sales=_sales(outcome.sales),
        redirect_url=outcome.redirect_url,
        repeated=outcome.repeated,
    )


def ping_outcome_of(answer: submission_service_pb2.PingLeadResponse) -> shapes.PingOutcome:
    """What a ping brought."""
    offer = None
    if answer.HasField("offer"):
        offer = shapes.Offer(
            payout=money_of(answer.offer.payout) if answer.offer.HasField("payout") else None,
            price=money_of(answer.offer.price) if answer.offer.HasField("price") else None,
        )
    return shapes.PingOutcome(
        ping_id=answer.ping_id,
        offer=offer,
        reason=REASONS.name(answer.reason),
        expires_at=time_of(answer.expires_at) if answer.HasField("expires_at") else None,
    )


def _profile(body: shapes.LeadSubmission | shapes.PingSubmission) -> lead_pb2.LeadProfile:
    profile = lead_pb2.LeadProfile(
        vertical=body.vertical, external_id=body.external_id, sub_source=body.sub_source, test=body.test
    )
    if body.attributes:
        _fill_attributes(profile, body.attributes)
    return profile


def _fill_attributes(profile: lead_pb2.LeadProfile, given: dict[str, str | int | float | bool | None]) -> None:
    attributes = profile.attributes
    for name, value in given.items():
        if isinstance(value, str):
            attributes[name].text = value
        elif isinstance(value, bool):
            attributes[name].flag = value
        elif isinstance(value, int):
            attributes[name].integer = value
        elif value is not None:
            attributes[name].number = value


def _source_id(body: shapes.LeadSubmission | shapes.PingSubmission) -> str | None:
    if body.source is not None and body.source_id is not None and body.source != body.source_id:
        raise invalid([Violation("source", "the same as source_id", "another", pointer="/source")])
    return body.source_id if body.source is None else body.source


def _contact(body: shapes.Contact | None) -> lead_pb2.Contact | None:
    if body is None:
        return None
    return lead_pb2.Contact(
        first_name=body.first_name,
        last_name=body.last_name,
        email=body.email,
        phone=body.phone,
        street=body.street,
        city=body.city,
        date_of_birth=body.date_of_birth,
        comments=body.comments,
        more=body.more,
    )


def _consent(body: shapes.Consent | None) -> lead_pb2.Consent | None:
    if body is None:
        return None
    return lead_pb2.Consent(
        text_version=body.text_version,
        text=body.text,
        given_at=body.given_at,
        ip=body.ip,
        page_url=body.page_url,
        trustedform_cert_url=body.trustedform_cert_url,
        jornaya_leadid=body.jornaya_leadid,
        user_agent=body.user_agent,
    )


def _evidence(body: shapes.ConsentEvidence | None) -> ping_pb2.ConsentEvidence | None:
    if body is None:
        return None
    return ping_pb2.ConsentEvidence(
        has_time=body.has_time,
        has_trustedform=body.has_trustedform,
        has_jornaya=body.has_jornaya,
        has_text=body.has_text,
    )


def _sales(sales: Iterable[lead_pb2.Sale]) -> list[shapes.Sale]:
    read = plan_of(shapes.Sale, lead_pb2.Sale).read
    return [read(sale) for sale in sales]
