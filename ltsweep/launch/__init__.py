"""Launching: which stages are left, in which packs, in which processes, and how it ended."""
