"""Runs `ltsweep` commands one after the other in one process, and prints how each ended."""

import sys

from ltsweep.cli.main import main

if __name__ == "__main__":
    for words in sys.argv[1:]:
        print(f"ended: {words}: {main(words.split())}", flush=True)
