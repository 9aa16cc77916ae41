"""Weights & Biases: curves replayed from the records."""
