"""How much of a processor deliveries may take beside a sweep: a twentieth of one core."""

import resource
import time

from ltsweep.store.store import Store
from ltsweep.views.wandb.lease import is_wanted
from ltsweep.views.wandb.subscriptions import is_hurried

LEAST_PAUSE, _LONGEST_PAUSE = 5.0, 300.0  # seconds between rounds
_SHARE = 20  # of the time that passes, one part may be spent
_LONGEST_REST = 60.0  # seconds between two curves of a round
_LOOK_SECONDS = 0.5


def spent() -> float:
    """Seconds of processor time that this process and its ended children have taken."""
    whose = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    return sum(used.ru_utime + used.ru_stime for used in map(resource.getrusage, whose))


def rest(store: Store, after: float) -> None:
    """Rests, after so many seconds of processor time, until they are a small share of the time.

    Ends early where somebody waits for the deliveries or wants to deliver in this one's place.
    """
    until = time.monotonic() + min(_LONGEST_REST, (_SHARE - 1) * after)
    while time.monotonic() < until and not (is_hurried(store) or is_wanted(store)):
        time.sleep(_LOOK_SECONDS)


def pause(after: float, took: float, before: float, *, is_better: bool) -> float:
    """Seconds to the next round: what the last one did not rest, and longer after each in vain.

    It has spent `after` seconds of processor time in `took` seconds; `before` was the last pause.
    """
    least = max(LEAST_PAUSE, _SHARE * after - took)
    return least if is_better else min(_LONGEST_PAUSE, max(least, 2 * before))
