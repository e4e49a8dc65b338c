"""The SOAP adapter: XML over HTTP to the contract and back. It translates; every rule is the core's."""
