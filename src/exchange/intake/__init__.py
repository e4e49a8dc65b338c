"""What comes in: schemas, normalised values, consent, duplicate keys. Pure."""
