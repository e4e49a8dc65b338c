"""What follows from what: dispositions, returns, figures, and all that a decision makes true. Pure."""
