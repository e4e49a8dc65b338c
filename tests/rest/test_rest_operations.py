"""Every endpoint that is one call: what the contract holds is in the answer, what the body holds reaches the core."""

import re
from typing import Any, get_origin

import msgspec
import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message

from adapters.rest.contract import message_of
from adapters.rest.handlers.unary import Unary
from adapters.rest.operation import Operation
from adapters.rest.router import OPERATIONS
from adapters.rest.shapes.common import Page
from tests.rest.scripted_core import Api, ScriptedCore

FEWER = {
    "listLeadDispositions": {"kind", "recorded_from", "recorded_until"},
    "listLeadReturns": {"state", "campaign_id"},
    "getMappingPreset": {"mapping_id", "revision"},
}
"""A lead's own lists are short; presets are as they are."""
CALLS = [operation for operation in OPERATIONS if isinstance(operation.handler, Unary)]


def named(operation: Operation) -> str:
    return operation.name


def fill(message: Message, depth: int = 0) -> None:
    """Sets every field of a message to something that is not its default."""
    for field in message.DESCRIPTOR.fields:
        if field.containing_oneof is not None and field.containing_oneof.fields[0] != field:
            continue
        if field.message_type is not None and field.message_type.full_name == "google.protobuf.Struct":
            getattr(message, field.name)["held"] = 1
        elif field.message_type is not None and field.message_type.GetOptions().map_entry:
            if field.message_type.fields_by_name["value"].message_type is None:
                getattr(message, field.name)["name"] = "held"
        elif field.message_type is not None and depth < 6:
            target = getattr(message, field.name)
            fill(target.add() if field.is_repeated else target, depth + 1)
        elif field.message_type is None:
            value = scalar(field)
            if field.is_repeated:
                getattr(message, field.name).append(value)
            else:
                setattr(message, field.name, value)


def scalar(field: Any) -> Any:
    if field.name == "data_json":
        return '{"a": 1}'
    if field.cpp_type == FieldDescriptor.CPPTYPE_STRING:
        return "held"
    if field.cpp_type == FieldDescriptor.CPPTYPE_BOOL:
        return True
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    return 7


@pytest.mark.parametrize("operation", CALLS, ids=named)
@pytest.mark.asyncio(loop_scope="module")
async def test_answer_holds_what_the_contract_holds(api: Api, core: ScriptedCore, operation: Operation) -> None:
    handler = operation.handler
    assert isinstance(handler, Unary)
    answer = handler.rpc.answer()
    fill(answer)
    if operation.name == "acknowledgeLead":
        answer.ClearField("unknown_lead_ids")
    core.script(handler.method, answer)
    if hasattr(handler, "read_method"):
        core.script(handler.read_method, answer)
    reply = await api(operation.method, path_of(operation), **sent(operation))
    assert reply.status == operation.status, reply.json
    body = reply.json
    if get_origin(operation.answer) is Page:
        assert body["next_cursor"] == "held"
        (body,) = body["data"]
    wanted = {step.key for step in handler.plans[2].steps if step.reads and step.path}
    assert wanted <= set(body)


def path_of(operation: Operation) -> str:
    path = re.sub(r"\{(\w+)\}", "held", operation.path)
    needed = [field for field in msgspec.structs.fields(operation.query) if field.required]
    return path + ("?from=2026-11-01&until=2026-11-02" if needed else "")


def sent(operation: Operation) -> dict[str, Any]:
    """A body and the headers that an operation needs."""
    options: dict[str, Any] = {"headers": {"Idempotency-Key": '"k-1"'} if operation.headers else {}}
    if "If-Match" in operation.headers:
        options["headers"] = {"If-Match": '"7.0123456789ab"'}
    if operation.body is not None:
        example: dict[str, Any] = next(iter(operation.examples.values()), {})
        options["json"] = {name: value for name, value in example.items() if name not in ("id", "lead_id")}
        if operation.name == "previewMapping":
            options["json"] = {"mapping_id": "held"}
    return options


@pytest.mark.parametrize("operation", [one for one in CALLS if one.body is not None], ids=named)
def test_every_field_of_the_contract_can_be_sent(operation: Operation) -> None:
    handler = operation.handler
    assert isinstance(handler, Unary)
    plan = handler.plans[1]
    assert plan is not None
    message = message_of(handler.rpc.ask, handler.body_field)
    missing = set(fields_of(message)) - set(covered(plan))
    assert missing <= {"update_mask", "request_id", "validate_only", *handler.paths.values()}, missing


@pytest.mark.parametrize("operation", [one for one in CALLS if one.method == "GET"], ids=named)
def test_every_filter_of_the_contract_can_be_given(operation: Operation) -> None:
    handler = operation.handler
    assert isinstance(handler, Unary)
    by_path = {path.partition(".")[0] for path in handler.paths.values()}
    missing = set(fields_of(handler.rpc.ask)) - set(covered(handler.plans[0])) - by_path
    assert missing <= FEWER.get(operation.name, set())


def fields_of(message: type[Message]) -> list[str]:
    return [field.name for field in message.DESCRIPTOR.fields]


def covered(plan: Any) -> list[str]:
    """The contract's fields that a plan has a place for, those of spread objects too."""
    found: list[str] = []
    for step in plan.steps:
        found += [step.path[0]] if step.path else covered(step.inner)
    return found
