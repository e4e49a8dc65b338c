"""The OpenAPI document, made from the operations and the shapes that serve and validate."""
