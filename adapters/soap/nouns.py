"""The types of the SOAP interface, from small to large."""

from typing import Final

from adapters.soap.shapes import Amount, Code, Element, Flag, Noun, Pair, Reason, Refusal, Text, Time, Whole, code
from leadexchange.v1 import disposition_pb2, lead_pb2, lead_return_pb2, lead_service_pb2

TEXT_64: Final = Text("Text64", 64)
TEXT_100: Final = Text("Text100", 100)
TEXT_128: Final = Text("Text128", 128)
TEXT_500: Final = Text("Text500", 500)
TEXT_2048: Final = Text("Text2048", 2_048)
TEXT_4000: Final = Text("Text4000", 4_000)
ANY_TEXT: Final = Text("AnyText", 65_536)
ID: Final = Text("Id", 64, 1, r"[A-Za-z0-9_-]+", "an id")
VERTICAL: Final = Text("Vertical", 64, 1, r"[a-z0-9][a-z0-9_-]*", "a vertical such as mortgage")
COUNT: Final = Whole("Count", 0, 2**63 - 1)
PAGE: Final = Whole("PageSize", 1, 500)
BUDGET: Final = Whole("BudgetMs", 50, 10_000)
QUALITY: Final = Whole("Quality", 1, 5)
CLAIM: Final = Whole("ClaimSeconds", 1, 3_600)
FLAG: Final = Flag()
TIME: Final = Time()
AMOUNT: Final = Amount()
REASON: Final = Reason()
MANY: Final = 500

LEAD_STATUS: Final = code("LeadStatus", lead_pb2.LeadStatus, "LEAD_STATUS_")
DISPOSITION_KIND: Final = code("DispositionKind", disposition_pb2.DispositionKind, "DISPOSITION_KIND_")
RETURN_REASON: Final = code("ReturnReason", lead_return_pb2.ReturnReason, "RETURN_REASON_")
RETURN_STATE: Final = code("ReturnState", lead_return_pb2.ReturnState, "RETURN_STATE_")
ACKNOWLEDGEMENT: Final = Code(
    "Acknowledgement",
    {
        "missing": lead_service_pb2.ACKNOWLEDGEMENT_MISSING,
        "given": lead_service_pb2.ACKNOWLEDGEMENT_GIVEN,
        "any": lead_service_pb2.ACKNOWLEDGEMENT_UNSPECIFIED,
    },
)

ATTRIBUTE: Final = Pair("Attribute", "What is known of the consumer's need, by name.", TEXT_500)
MORE: Final = Pair("ContactField", "A further contact field, by name.", TEXT_500)

ATTRIBUTES: Final = Element(
    "attribute",
    ATTRIBUTE,
    "Attributes by name, in any usual format: 78251-1234, Texas, $89,000.00, Yes. The vertical's schema says which.",
    many=128,
    field="attributes",
)
MONEY: Final = Noun(
    "Money",
    "An amount with its currency.",
    (
        Element("amount", AMOUNT, "Units of the currency, exact to a millionth.", required=True, field="micros"),
        Element(
            "currency",
            Text("Currency", 3, 3, "[A-Z]{3}", "an ISO 4217 code"),
            "ISO 4217; USD unless given.",
            absent="USD",
        ),
    ),
)
PROFILE: Final = Noun(
    "Profile",
    "The part of a lead that identifies nobody.",
    (
        Element("vertical", VERTICAL, "A vertical of the exchange: mortgage, auto_insurance, ….", required=True),
        Element("externalId", TEXT_128, "The source's own id for the lead."),
        Element("subSource", TEXT_64, "The source's affiliate or placement."),
        ATTRIBUTES,
        Element("test", FLAG, "A test lead goes to test campaigns only and is never billed."),
    ),
)
CONTACT: Final = Noun(
    "Contact",
    "Who the consumer is. A phone number or an e-mail address is required.",
    (
        Element("firstName", TEXT_100, "Given name."),
        Element("lastName", TEXT_100, "Family name."),
        Element("email", TEXT_500, "E-mail address."),
        Element("phone", TEXT_500, "Phone number in any usual format."),
        Element("street", TEXT_500, "Street and number."),
        Element("city", TEXT_500, "City."),
        Element("dateOfBirth", TEXT_500, "Date of birth in any usual format."),
        Element("comments", Text("Text2000", 2_000), "What the consumer wrote."),
        Element("more", MORE, "Further contact fields.", many=32),
    ),
)
CONSENT: Final = Noun(
    "Consent",
    "Evidence that the consumer agreed to be contacted.",
    (
        Element("textVersion", TEXT_500, "Version of the text shown."),
        Element("text", TEXT_4000, "The text itself."),
        Element("givenAt", TEXT_64, "When it was given, with its offset (RFC 3339)."),
        Element("ip", TEXT_64, "The consumer's IP address."),
        Element("pageUrl", TEXT_2048, "The page it was given on."),
        Element("trustedformCertUrl", TEXT_2048, "TrustedForm certificate."),
        Element("jornayaLeadid", TEXT_500, "Jornaya LeadiD."),
        Element("userAgent", Text("Text512", 512), "The browser."),
    ),
)
EVIDENCE: Final = Noun(
    "ConsentEvidence",
    "Which consent evidence a pinged lead will come with.",
    (
        Element("hasTime", FLAG, "When it was given."),
        Element("hasTrustedform", FLAG, "A TrustedForm certificate."),
        Element("hasJornaya", FLAG, "A Jornaya LeadiD."),
        Element("hasText", FLAG, "The text, or its version."),
    ),
)
SALE: Final = Noun(
    "Sale",
    "One sale of a lead, as far as the caller may see it.",
    (
        Element("id", ID, "The sale.", required=True),
        Element("campaignId", ID, "The campaign that bought."),
        Element("buyerId", ID, "Its buyer."),
        Element("price", MONEY, "What the buyer pays."),
        Element("payout", MONEY, "What the source earns."),
        Element("soldAt", TIME, "When it was sold."),
        Element("buyerReference", TEXT_128, "The buyer's own reference for the lead."),
        Element("shared", FLAG, "One of several sales of the lead."),
        Element("acknowledgedAt", TIME, "When the buyer acknowledged it."),
        Element("returned", FLAG, "The sale was returned and refunded."),
        Element("awaitsPickup", FLAG, "Its delivery failed; the lead waits to be fetched."),
    ),
)
OUTCOME: Final = Noun(
    "Outcome",
    "What became of a submission.",
    (
        Element("leadId", ID, "The lead.", required=True),
        Element("auctionId", ID, "Its auction.", required=True),
        Element("status", LEAD_STATUS, "Sold, unsold or in review.", required=True),
        Element("reason", REASON, "Why, when it is not sold."),
        Element("payout", MONEY, "What the source earns."),
        Element("sale", SALE, "The sales.", many=0, field="sales"),
        Element("redirectUrl", TEXT_2048, "Where to send the consumer next."),
        Element("repeated", FLAG, "This answer repeats that of an earlier request with the same requestId."),
    ),
)
OFFER: Final = Noun(
    "Offer",
    "The best that buyers offer.",
    (
        Element("payout", MONEY, "What the source would earn."),
        Element("price", MONEY, "What the buyer would pay; for operators."),
    ),
)
LEAD: Final = Noun(
    "Lead",
    "A lead as its owner may see it.",
    (
        Element("id", ID, "The lead.", required=True),
        Element("sourceId", ID, "The source that submitted it."),
        Element("status", LEAD_STATUS, "Where it stands.", required=True),
        Element("reason", REASON, "Why, when it is not sold."),
        Element("vertical", VERTICAL, "The vertical.", required=True, field="profile.vertical"),
        Element("externalId", TEXT_128, "The source's own id.", field="profile.external_id"),
        Element("subSource", TEXT_64, "The source's affiliate or placement.", field="profile.sub_source"),
        Element("test", FLAG, "A test lead.", field="profile.test"),
        ATTRIBUTES,
        Element("contact", CONTACT, "Who the consumer is; nothing of it once the lead is erased."),
        Element("consent", CONSENT, "Consent evidence."),
        Element("auctionId", ID, "Its auction."),
        Element("sale", SALE, "The sales.", many=0, field="sales"),
        Element("submittedAt", TIME, "When it was submitted."),
        Element("decidedAt", TIME, "When it was decided."),
    ),
)
DISPOSITION: Final = Noun(
    "Disposition",
    "What became of a sold lead in its buyer's hands.",
    (
        Element("leadId", ID, "The lead.", required=True),
        Element("saleId", ID, "The sale, where the lead has several that the caller may see."),
        Element("kind", DISPOSITION_KIND, "What became of it.", required=True),
        Element("occurredAt", TIME, "When; now unless given."),
        Element("value", AMOUNT, "With a conversion: its value to the buyer.", field="value_micros"),
        Element("code", Text("BuyersCode", 64, 0, "[A-Za-z0-9_.:-]*", "a code"), "The buyer's own code."),
        Element("quality", QUALITY, "Quality of the lead, 1 (worst) to 5 (best)."),
        Element("buyerId", ID, "The buyer; given by the exchange."),
        Element("campaignId", ID, "The campaign that bought the lead; given by the exchange."),
        Element("recordedAt", TIME, "When it was recorded; given by the exchange."),
    ),
)
LEAD_RETURN: Final = Noun(
    "LeadReturn",
    "A lead given back.",
    (
        Element("id", ID, "The return; given by the exchange."),
        Element("leadId", ID, "The lead.", required=True),
        Element("saleId", ID, "The sale, where the lead has several that the caller may see."),
        Element("reason", RETURN_REASON, "Why.", required=True),
        Element("note", TEXT_500, "A note, without contact data."),
        Element("state", RETURN_STATE, "Where it stands; given by the exchange, as is all that follows."),
        Element("buyerId", ID, "The buyer."),
        Element("campaignId", ID, "The campaign."),
        Element("sourceId", ID, "The source."),
        Element("refund", MONEY, "What is, or would be, refunded."),
        Element("requestedAt", TIME, "When it was requested."),
        Element("decidedAt", TIME, "When it was decided."),
        Element("decidedBy", ID, "Who decided: rule, or a key's id."),
        Element("decisionNote", TEXT_500, "Why it was decided so."),
        Element("resold", FLAG, "The lead was offered to other buyers again."),
    ),
)
_ERROR: Final = Element("error", Refusal(), "Why there is none.")
DISPOSITION_RESULT: Final = Noun(
    "DispositionResult",
    "What became of one disposition: one of the two.",
    (Element("disposition", DISPOSITION, "As recorded."), _ERROR),
)
RETURN_RESULT: Final = Noun(
    "ReturnResult",
    "What became of one request: one of the two.",
    (Element("leadReturn", LEAD_RETURN, "As it stands."), _ERROR),
)
FIELD_ERROR: Final = Noun(
    "FieldError",
    "What is wrong with one element of a request.",
    (
        Element("field", TEXT_500, "Its path, such as profile.attribute.loan_amount.", required=True),
        Element("expected", ANY_TEXT, "What was expected.", required=True),
        Element("got", ANY_TEXT, "What came; contact data is described, not quoted.", required=True),
    ),
)
REFUSAL: Final = Noun(
    "Refusal",
    "Why a request, or one of several in it, was refused.",
    (
        Element("reason", REASON, "Which programs may go by.", required=True),
        Element("message", ANY_TEXT, "One sentence for people.", required=True),
        Element("requestId", TEXT_128, "Finds the request in the exchange's log."),
        Element("retryAfterMs", COUNT, "Worth repeating after so many milliseconds."),
        Element("fieldError", FIELD_ERROR, "Elements at fault.", many=0),
    ),
)
FAULT_DETAIL: Final = "ExchangeFault"
"""The element in a fault's detail; its type is `REFUSAL`."""
