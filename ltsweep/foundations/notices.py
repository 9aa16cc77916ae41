"""What is wrong and stops nothing, said in the log once."""

import logging
from functools import cache

log = logging.getLogger("ltsweep")


@cache
def warn_once(sentence: str) -> None:
    """Says it in the log unless this process has said it: a command reads a file several times."""
    log.warning("%s", sentence)
