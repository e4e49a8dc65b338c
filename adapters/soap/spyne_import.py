"""Imports what is used of spyne, which makes the WSDL and its schema.

spyne 2.14.0, its newest release, carries a copy of `six` whose importer speaks a protocol that Python 3.12 dropped, and
imports `cgi`, which Python 3.13 dropped. So the modules that the copy would import are put in place first, from the
real `six`; `legacy-cgi` is installed where `cgi` is gone; the import's warnings stay here; and the copy's importer, of
which Python 3.11 would warn at every later import, is taken away.
"""

import importlib
import sys
import warnings
from typing import Final

_MOVES: Final = "spyne.util.six.moves"
_MOVED: Final = ("collections_abc", "http_cookies", "urllib", "urllib.error", "urllib.parse", "urllib.request")

sys.modules[_MOVES] = importlib.import_module("six.moves")
for _name in _MOVED:
    sys.modules[f"{_MOVES}.{_name}"] = importlib.import_module(f"six.moves.{_name}")

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from spyne import (
        Application,
        Boolean,
        ComplexModel,
        DateTime,
        Decimal,
        Integer,
        Integer32,
        Service,
        Unicode,
        rpc,
    )
    from spyne.interface.wsdl import Wsdl11
    from spyne.protocol.soap import Soap11
    from spyne.server.wsgi import WsgiApplication

sys.meta_path[:] = [one for one in sys.meta_path if type(one).__module__ != "spyne.util.six"]

__all__ = [
    "Application",
    "Boolean",
    "ComplexModel",
    "DateTime",
    "Decimal",
    "Integer",
    "Integer32",
    "Service",
    "Soap11",
    "Unicode",
    "Wsdl11",
    "WsgiApplication",
    "rpc",
]
