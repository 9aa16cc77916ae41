"""Weights & Biases: curves sent from the records, while a sweep runs."""
