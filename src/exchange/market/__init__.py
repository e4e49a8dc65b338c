"""The market, pure: who may buy a lead, at what price, in which order, and what follows each answer."""
