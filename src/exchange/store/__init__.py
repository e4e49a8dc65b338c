"""Where truth is kept: one small interface in domain verbs (`base`), and an engine behind it in each sub-package."""
