"""The WSDL and its schema: valid, whole, documented, and in step with the contract."""

from typing import Any

import pytest
import xmlschema
from lxml import etree

from adapters.soap import shapes
from adapters.soap.description import SOAP_11, SOAP_12, WSDL, XSD, action
from adapters.soap.operations import OPERATIONS, Operation
from adapters.soap.shapes import NAMESPACE, Noun
from tests.soap.wire import DESCRIPTION, Wire

NAMES = {"w": WSDL, "x": XSD, "s11": SOAP_11, "s12": SOAP_12}
BOUNDS = {"enumeration", "maxLength", "length", "maxInclusive", "totalDigits", "pattern"}
DEFINITIONS = etree.fromstring(DESCRIPTION.wsdl("https://exchange.example/soap"))
SCHEMA = etree.fromstring(DESCRIPTION.xsd)


def found(path: str, root: etree._Element = DEFINITIONS) -> list[Any]:
    return list(root.xpath(path, namespaces=NAMES))


def test_the_schema_is_valid_for_two_validators() -> None:
    etree.XMLSchema(SCHEMA)
    assert xmlschema.XMLSchema10(DESCRIPTION.xsd.decode()).target_namespace == NAMESPACE


def test_the_wsdl_holds_that_schema() -> None:
    (inner,) = found("w:types/x:schema")
    assert etree.tostring(inner, method="c14n2", strip_text=True) == etree.tostring(
        SCHEMA, method="c14n2", strip_text=True
    )


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_an_operation_is_described_for_both_versions(operation: Operation) -> None:
    name = operation.name
    (port_type,) = found(f"w:portType/w:operation[@name='{name}']")
    assert found("string(w:documentation)", port_type) or found("w:documentation/text()", port_type) == [operation.doc]
    assert found("w:fault/@name", port_type) == ["ExchangeFault"]
    for soap in ("s11", "s12"):
        (bound,) = found(f"w:binding[{soap}:binding/@style='document']/w:operation[@name='{name}']")
        assert found(f"{soap}:operation/@soapAction", bound) == [action(name)]
        assert found(f"w:input/{soap}:body/@use | w:output/{soap}:body/@use", bound) == ["literal", "literal"]
    for message in (operation.request.name, operation.response.name):
        assert found(f"w:message[@name='{message}']/w:part/@element") == [f"tns:{message}"]
        assert found(f"w:message[@name='{message}']/w:part/@name") == ["parameters"]
        assert found(f"x:element[@name='{message}']/@type", SCHEMA) == [f"tns:{message}"]


def test_there_are_two_ports_at_the_address_asked_for() -> None:
    assert found("w:service/w:port/@name") == ["LeadExchangeSoap11", "LeadExchangeSoap12"]
    assert found("w:service/w:port/*/@location") == ["https://exchange.example/soap"] * 2
    assert found("w:service/w:port/@binding") == [f"tns:{name}" for name in found("w:binding/@name")]


def test_every_type_and_every_element_is_documented() -> None:
    assert found("//x:complexType[not(x:annotation/x:documentation/text())]/@name", SCHEMA) == []
    assert found("//x:sequence/x:element[not(x:annotation/x:documentation/text())]/@name", SCHEMA) == []


def test_texts_numbers_and_codes_are_bounded() -> None:
    types = found("//x:simpleType", SCHEMA)
    assert len(types) > 20
    for one in types:
        facets = {etree.QName(facet).localname for facet in found("x:restriction/*", one)}
        assert facets & {"enumeration", "maxLength", "length", "maxInclusive", "totalDigits", "pattern"}, one.get(
            "name"
        )
    assert not found("//x:element[@type='xs:string' or @type='xs:int' or @type='xs:decimal']", SCHEMA)


def test_only_answers_repeat_without_bound() -> None:
    """What a caller may send has a bound on each element."""
    for operation in OPERATIONS:
        for noun in nouns_within(operation.request):
            assert all(element.many for element in noun.elements), noun.name


def nouns_within(noun: Noun) -> list[Noun]:
    inner = [one for element in noun.elements if isinstance(element.kind, Noun) for one in nouns_within(element.kind)]
    return [noun, *inner]


def test_every_element_is_a_field_of_the_contract() -> None:
    for operation in OPERATIONS:
        check(operation.request, operation.ask.DESCRIPTOR)
        check(operation.response, operation.answer.DESCRIPTOR)


def check(noun: Noun, message: Any) -> None:
    for element in noun.elements:
        owner = message
        for step in element.path[:-1]:
            owner = owner.fields_by_name[step].message_type
        field = owner.fields_by_name[element.path[-1]]
        assert (element.many != 1) == field.is_repeated, element.name
        match element.kind:
            case Noun():
                check(element.kind, field.message_type)
            case shapes.Code():
                known = {value.number for value in field.enum_type.values if value.number}
                named = {number for number in element.kind.numbers.values() if number}
                assert named == known or element.name == "status", element.name
            case shapes.Text():
                assert field.type == field.TYPE_STRING, element.name


@pytest.mark.asyncio(loop_scope="module")
async def test_the_wsdl_and_the_schema_are_served(wire: Wire) -> None:
    wsdl = await wire.get("?wsdl")
    assert (wsdl.status, wsdl.headers["Content-Type"]) == (200, "text/xml; charset=utf-8")
    assert found("w:service/w:port/*/@location", wsdl.root) == [wire.url] * 2
    assert (await wire.get("?WSDL")).status == 200
    assert (await wire.get("?xsd")).body == DESCRIPTION.xsd
    assert (await wire.get()).status == 405


@pytest.mark.asyncio(loop_scope="module")
async def test_a_host_that_is_none_is_not_repeated(wire: Wire) -> None:
    wsdl = await wire.get("?wsdl", Host='x"><script>')
    assert b"script" not in wsdl.body
