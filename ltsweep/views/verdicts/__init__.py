"""Verdicts: paired comparisons over seeds, and what may be said of them."""
