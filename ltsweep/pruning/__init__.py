"""Pruning: scores say which weights matter, selection keeps exact counts of them."""
