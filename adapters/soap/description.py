"""The WSDL 1.1 and its XML schema, made by spyne from the table of operations.

spyne describes one binding; the second, for the other version of SOAP, is added as a copy of it.
"""

import copy
from collections.abc import Iterable
from functools import cache
from typing import Any, Final

from lxml import etree

from adapters.soap import nouns, shapes
from adapters.soap import spyne_import as spyne
from adapters.soap.operations import OPERATIONS, Operation
from adapters.soap.shapes import NAMESPACE, Element, Kind, Noun, Pair

WSDL: Final = "http://schemas.xmlsoap.org/wsdl/"
XSD: Final = "http://www.w3.org/2001/XMLSchema"
SOAP_11: Final = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP_12: Final = "http://schemas.xmlsoap.org/wsdl/soap12/"
_NAME: Final = "LeadExchange"
_UNNAMED: Final = (shapes.Flag, shapes.Time, Noun, Pair, shapes.Refusal)
_ORDER: Final = ("simpleType", "complexType", "element")  # spyne's own is another each time
_NAMES: Final = {"w": WSDL, "x": XSD, "soap": SOAP_11}
_DOC: Final = "A lead exchange: ping, post and submit leads; fetch, acknowledge, judge and return them."


@cache
def description() -> "Description":
    """The one of this process."""
    return Description()


class Description:
    """WSDL and schema."""

    def __init__(self) -> None:
        self._definitions = _definitions()
        schema = self._definitions.find(f".//{{{XSD}}}schema")
        assert schema is not None
        self.xsd: Final = _bytes(schema)
        self.schema: Final = etree.XMLSchema(etree.fromstring(self.xsd))

    def wsdl(self, location: str) -> bytes:
        """The WSDL of a service at that URL."""
        definitions = copy.deepcopy(self._definitions)
        for address in definitions.iter(f"{{{SOAP_11}}}address", f"{{{SOAP_12}}}address"):
            address.set("location", location)
        return _bytes(definitions)


def action(operation: str) -> str:
    """The SOAPAction of an operation."""
    return f"{NAMESPACE}:{operation}"


def _definitions() -> etree._Element:
    types = SpyneTypes()
    fault = types.noun(nouns.FAULT_DETAIL, nouns.REFUSAL.elements)
    methods = {operation.name: _method(operation, types, fault) for operation in OPERATIONS}
    service = type(_NAME, (spyne.Service,), methods)
    application = spyne.Application(
        [service], tns=NAMESPACE, name=_NAME, in_protocol=spyne.Soap11(), out_protocol=spyne.Soap11()
    )
    spyne.WsgiApplication(application)  # says over which transport
    wsdl = spyne.Wsdl11(application.interface)
    wsdl.build_interface_document("http://localhost/soap")
    definitions = etree.fromstring(wsdl.get_interface_document())
    _amend(definitions)
    return definitions


class SpyneTypes:
    """spyne's classes, each made once."""

    def __init__(self) -> None:
        self._made: dict[str, Any] = {}

    def of(self, kind: Kind) -> Any:
        """The class of a kind."""
        name = getattr(kind, "name", type(kind).__name__)
        if name not in self._made:
            self._made[name] = self._make(kind)
        return self._made[name]

    def noun(self, name: str, elements: Iterable[Element]) -> Any:
        """A class of elements."""
        members = [(element.name, self.member(element)) for element in elements]
        return type(name, (spyne.ComplexModel,), {"__namespace__": NAMESPACE, "_type_info": members})

    def _make(self, kind: Kind) -> Any:
        match kind:
            case shapes.Text():
                facets = {"pattern": kind.pattern} if kind.pattern else {}
                return _simple(spyne.Unicode, kind.name, min_len=kind.least, max_len=kind.most, **facets)
            case shapes.Whole():
                base = spyne.Integer32 if kind.least >= -(2**31) and kind.most < 2**31 else spyne.Integer
                return _simple(base, kind.name, ge=kind.least, le=kind.most)
            case shapes.Flag():
                return spyne.Boolean
            case shapes.Time():
                return spyne.DateTime
            case shapes.Amount():
                return _simple(spyne.Decimal, "Amount", ge=0, total_digits=18, fraction_digits=6)
            case shapes.Code():
                return _simple(spyne.Unicode, kind.name, values=list(kind.numbers))
            case shapes.Reason():
                return _simple(spyne.Unicode, "Reason", pattern="[A-Z0-9_]+")
            case shapes.Refusal():
                return self.of(nouns.REFUSAL)
            case shapes.Pair() | Noun():
                return self.noun(kind.name, kind.elements)

    def member(self, element: Element) -> Any:
        """The class of an element: its kind, and how often it comes."""
        kind = self.of(element.kind)
        named = {} if isinstance(element.kind, _UNNAMED) else {"type_name": kind.get_type_name()}
        return kind.customize(
            min_occurs=int(element.required),
            max_occurs=element.many or "unbounded",
            nillable=False,
            __namespace__=kind.get_namespace(),
            **named,
        )


def _simple(base: Any, name: str, **facets: Any) -> Any:
    return base(type_name=name, __namespace__=NAMESPACE, **facets)


def _method(operation: Operation, types: SpyneTypes, fault: Any) -> Any:
    """The operation as spyne declares one; it is served by `adapters.soap.service` instead."""

    def declared(ctx: Any, *arguments: Any) -> None:
        """Never called."""

    declared.__name__ = operation.name
    declared.__doc__ = operation.doc
    asked, answered = operation.request.elements, operation.response.elements
    return spyne.rpc(
        *(types.member(element) for element in asked),
        _args=[element.name for element in asked],
        _returns=[types.member(element) for element in answered],
        _out_variable_names=[element.name for element in answered],
        _throws=[fault],
    )(declared)


def _amend(definitions: etree._Element) -> None:
    """Adds what spyne does not say: documentation, actions, SOAP 1.2."""
    schema = definitions.find("w:types/x:schema", _NAMES)
    assert schema is not None
    for noun in _nouns():
        _document(schema, noun.name, noun)
    _document(schema, nouns.FAULT_DETAIL, nouns.REFUSAL)
    schema[:] = sorted(schema, key=lambda one: (_ORDER.index(etree.QName(one).localname), one.get("name", "")))
    for operation in definitions.iterfind("w:portType/w:operation", _NAMES):
        del operation.attrib["parameterOrder"]
    for part in definitions.iterfind("w:message/w:part", _NAMES):
        part.set("name", "detail" if part.get("name") == nouns.FAULT_DETAIL else "parameters")  # as wrapped style asks
    for operation in definitions.iterfind("w:binding/w:operation", _NAMES):
        soap = operation.find("soap:operation", _NAMES)
        assert soap is not None
        soap.set("soapAction", action(operation.get("name", "")))
    for path in ("w:portType", "w:binding"):
        (named,) = definitions.iterfind(path, _NAMES)
        named[:] = sorted(named, key=_place)
    _add_soap_12(definitions)
    service = definitions.find("w:service", _NAMES)
    assert service is not None
    definitions.append(service)  # last, where people look for it
    documentation = etree.Element(f"{{{WSDL}}}documentation")
    documentation.text = _DOC
    definitions.insert(0, documentation)
    etree.cleanup_namespaces(definitions, keep_ns_prefixes=["tns"])


def _place(operation: etree._Element) -> int:
    """An operation's, in the table; other elements come first."""
    names = [one.name for one in OPERATIONS]
    name = operation.get("name", "")
    return names.index(name) if name in names else -1


def _nouns() -> list[Noun | Pair]:
    """Every type that has elements, once."""
    found: dict[str, Noun | Pair] = {}
    open_: list[Kind] = [kind for operation in OPERATIONS for kind in (operation.request, operation.response)]
    open_.append(nouns.REFUSAL)
    while open_:
        kind = open_.pop()
        if isinstance(kind, (Noun, Pair)) and kind.name not in found:
            found[kind.name] = kind
            open_ += [element.kind for element in kind.elements]
    return list(found.values())


def _document(schema: etree._Element, name: str, noun: Noun | Pair) -> None:
    declared = schema.find(f"x:complexType[@name='{name}']", _NAMES)
    assert declared is not None, name
    for element in noun.elements:
        member = declared.find(f"x:sequence/x:element[@name='{element.name}']", _NAMES)
        assert member is not None, element.name
        _say(member, element.doc)
    _say(declared, noun.doc)


def _say(declared: etree._Element, doc: str) -> None:
    annotation = etree.Element(f"{{{XSD}}}annotation")
    etree.SubElement(annotation, f"{{{XSD}}}documentation").text = doc
    declared.insert(0, annotation)


def _add_soap_12(definitions: etree._Element) -> None:
    """A second binding and port, as the first but for the version."""
    for path in ("w:binding", "w:service/w:port"):
        first = definitions.find(path, _NAMES)
        assert first is not None
        first.set("name", f"{_NAME}Soap11")
        second = etree.fromstring(etree.tostring(first).replace(SOAP_11.encode(), SOAP_12.encode()))
        second.set("name", f"{_NAME}Soap12")
        for one in (first, second) if path.endswith("port") else ():
            one.set("binding", f"tns:{one.get('name')}")
        first.addnext(second)


def _bytes(element: etree._Element) -> bytes:
    return etree.tostring(element, xml_declaration=True, encoding="UTF-8", pretty_print=True)
