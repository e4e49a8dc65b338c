"""Edge adapters: each translates one outside protocol to the contract, in a process of its own."""
