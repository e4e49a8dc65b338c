"""What becomes of sold leads: dispositions, returns, and the figures of both. `rules` decide, `desk` carries out."""
