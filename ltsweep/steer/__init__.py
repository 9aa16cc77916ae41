"""Seeing and steering sweeps from their store alone: status, logs, retry, cancel, show."""
