"""A delivery as a mail: plain text that an agent in a call centre can work from, and the data for machines."""

import re
from collections.abc import Iterator
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate
from typing import Any, Final

import msgspec

from adapters.webhooks.content import Content
from leadexchange.v1.delivery_pb2 import Delivery

_TITLES: Final = {
    "lead.sold": "New lead",
    "leads.available": "A lead is waiting",
    "lead.voided": "Lead withdrawn",
    "endpoint.disabled": "Deliveries stopped",
    "endpoint.recovered": "Deliveries resumed",
    "endpoint.failing": "Deliveries are failing",
}
_FIRST: Final = ("contact", "attributes", "lead", "sale", "consent")  # whom to call comes first
_ABOUT: Final = ("vertical", "state", "zip", "lead_id")
_MAX_SUBJECT_CHARS: Final = 120
_MAX_LINES: Final = 300
_MAX_VALUE_CHARS: Final = 2_000
_LABEL_CHARS: Final = 22
_UNSAFE: Final = re.compile(r"[^A-Za-z0-9._-]")
_SUFFIXES: Final = {"application/xml": "xml", "text/xml": "xml", "application/x-www-form-urlencoded": "txt"}

Sections = dict[str, dict[str, str]]


def letter(delivery: Delivery, content: Content, sender: Address, recipient: str) -> EmailMessage:
    """The mail. Its Message-ID is the event's, so that a repeat can be told from another event."""
    sections = _sections(delivery.body)
    title = _TITLES.get(delivery.event_type) or _one_line(delivery.event_type)
    message = EmailMessage(policy=SMTP.clone(max_line_length=200))
    message["From"] = str(sender)
    message["To"] = recipient
    message["Subject"] = _one_line(_subject(title, sections))[:_MAX_SUBJECT_CHARS]
    message["Date"] = formatdate(delivery.occurred_at.seconds or None)
    message["Message-ID"] = f"<{_UNSAFE.sub('_', delivery.event_id)}@{sender.domain}>"
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notes, please
    message.set_content("\n".join(_text(title, delivery, sections)) + "\n")
    media, _, _ = content.content_type.partition(";")
    kind, _, subtype = media.strip().partition("/")
    suffix = "json" if "json" in subtype else _SUFFIXES.get(media.strip(), "bin")
    if content.body:
        message.add_attachment(content.body, kind, subtype or "octet-stream", filename=f"event.{suffix}")
    return message


def _sections(body: bytes) -> Sections:
    """The body's values by section, as text; those of an envelope's data and lead are brought up."""
    try:
        document = msgspec.json.decode(body)
    except msgspec.DecodeError:
        document = None
    if not isinstance(document, dict):
        return {}
    data = document.get("data", document)
    data = data if isinstance(data, dict) else {}
    lead = data.get("lead")
    groups = data | lead | {"lead": None} if isinstance(lead, dict) and "contact" in lead else data
    found: Sections = {"": dict(_values(groups))}
    for name in (*_FIRST, *groups):
        if isinstance(groups.get(name), dict) and name not in found:
            found[name] = dict(_values(groups[name], deep=True))
    return found


def _values(group: dict[str, Any], prefix: str = "", *, deep: bool = False) -> Iterator[tuple[str, str]]:
    for name, value in group.items():
        match value:
            case dict() if deep:
                yield from _values(value, f"{prefix}{name} ", deep=True)
            case dict() | None | "":
                continue
            case bool():
                yield f"{prefix}{name}", "yes" if value else "no"
            case list():
                yield f"{prefix}{name}", ", ".join(map(str, value))
            case _:
                yield f"{prefix}{name}", str(value)


def _subject(title: str, sections: Sections) -> str:
    """Nothing of the person: subjects are shown on lock screens and kept in logs."""
    flat = {name: value for section in sections.values() for name, value in section.items()}
    about = [flat[name] for name in _ABOUT if name in flat]
    return f"{title}: {', '.join(about)}" if about else title


def _text(title: str, delivery: Delivery, sections: Sections) -> list[str]:
    lines = [title, "=" * len(title)]
    for name in sorted(sections, key=lambda name: (_FIRST.index(name) if name in _FIRST else len(_FIRST), name)):
        if sections[name]:
            lines += ["", _label(name) if name else "About"]
            lines += [f"  {_label(key):{_LABEL_CHARS}} {_one_line(value)}" for key, value in sections[name].items()]
    cut = ["  …"] if len(lines) > _MAX_LINES else []
    return [*lines[:_MAX_LINES], *cut, "", f"Event {_one_line(delivery.event_id)}, {_one_line(delivery.event_type)}"]


def _label(name: str) -> str:
    return _one_line(name.replace("_", " ").capitalize())


def _one_line(value: str) -> str:
    """A value that cannot become a header or a line of its own."""
    return " ".join("".join(c if c.isprintable() else " " for c in value[:_MAX_VALUE_CHARS]).split())
