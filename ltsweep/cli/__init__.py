"""The command lines: what each action does, and the `ltsweep` command."""
