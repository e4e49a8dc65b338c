"""A buyer's WSDL, pinned: makes the Body of its operation from values. Nothing is ever fetched."""

import io
from functools import lru_cache
from typing import Any, Final

import msgspec
import zeep
from lxml import etree
from zeep.wsdl.bindings.soap import Soap12Binding

from leadexchange.v1.campaign_pb2 import SOAP_VERSION_1_1, SOAP_VERSION_1_2, SoapCall

_MOST_PINNED: Final = 256
_SETTINGS: Final = zeep.Settings(forbid_dtd=True, forbid_entities=True, forbid_external=True)


class _Offline:
    """What zeep would load with: it has the document, and there is nothing else."""

    def load(self, url: str) -> bytes:
        """Raises ValueError, whatever is asked for."""
        raise ValueError(f"the WSDL refers to {url[:200]}; its schemas must be inlined")


class Pinned:
    """One operation of a WSDL.

    Args:
        wsdl: The document, its schemas inlined.
        operation: The operation's name.

    Raises:
        ValueError: The document is no WSDL, refers to another, or has no such operation over SOAP.
    """

    def __init__(self, wsdl: str, operation: str) -> None:
        try:
            self._client = zeep.Client(io.BytesIO(wsdl.encode()), transport=_Offline(), settings=_SETTINGS)
        except Exception as error:  # noqa: BLE001 - zeep raises what its parts raise
            raise ValueError(f"the WSDL cannot be used: {type(error).__name__}: {str(error)[:200]}") from None
        self._service, self._name = self._find(operation)
        binding = self._service._binding  # noqa: SLF001 - zeep has no other way to it
        self._newer = isinstance(binding, Soap12Binding)
        self._action: str = binding.get(operation).soapaction or ""

    def _find(self, operation: str) -> tuple[Any, str]:
        for service in self._client.wsdl.services.values():
            for port in service.ports.values():
                if operation in getattr(port.binding, "_operations", {}):
                    return self._client.bind(service.name, port.name), operation
        raise ValueError(f"the WSDL has no operation {operation}")

    def completed(self, call: SoapCall) -> SoapCall:
        """The call with the WSDL's version and action where it names none."""
        filled = SoapCall()
        filled.CopyFrom(call)
        filled.version = filled.version or (SOAP_VERSION_1_2 if self._newer else SOAP_VERSION_1_1)
        filled.action = filled.action or self._action
        return filled

    def body(self, values: bytes) -> bytes:
        """The Body's element; raises ValueError where values are missing or do not fit.

        Args:
            values: A JSON object of the operation's parts by name; objects within for elements, arrays for several.
        """
        try:
            parts = msgspec.json.decode(values, type=dict[str, Any])
            envelope = self._client.create_message(self._service, self._name, **parts)
        except (msgspec.DecodeError, zeep.exceptions.Error, TypeError, ValueError) as error:
            raise ValueError(f"the WSDL's message cannot be made: {type(error).__name__}") from None
        return etree.tostring(envelope[-1][0], encoding="UTF-8", xml_declaration=False)


@lru_cache(maxsize=_MOST_PINNED)
def pinned(wsdl: str, operation: str) -> Pinned:
    """One operation of a WSDL, compiled once; raises ValueError."""
    return Pinned(wsdl, operation)
