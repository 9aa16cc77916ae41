"""The store: what was computed, who computes it, what can go."""
