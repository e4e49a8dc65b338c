"""The JSON that callers send and read. Names are those of the contract, in JSON's manner; docs/rest.md has examples."""
