"""Launching on this machine: worker processes, their devices, the debugger's way."""
