"""One look per method, the same in the figure and the dashboard, safe for colour-blind readers.

Colours follow Okabe and Ito (2008), darkened where they are too pale for thin lines on white;
methods differ in marker too, so that a figure survives grey printing. Olive, wine, indigo and rose
are of Tol's muted scheme. Where colours tell sources, methods differ in marker and dashes.
"""

from dataclasses import dataclass, replace
from hashlib import sha256


@dataclass(frozen=True)
class Look:
    """Line colour on a light and on a dark page, matplotlib's marker, and dashes (on, off, ...).

    The dashes are for lines whose colour tells something else. Of methods that share a colour one
    `is_second`, and dashed in any case. The marker of a method without pruned levels is open: it
    belongs to the line of its colour.
    """

    light: str
    dark: str
    marker: str | tuple[int, int, int]
    dashes: tuple[float, ...] = ()
    is_open: bool = False
    is_second: bool = False


_BLUE = ("#0072B2", "#56A8DC")
_VERMILION = ("#D55E00", "#F0843C")
_GREEN = ("#009E73", "#35C79B")
_PURPLE = ("#B2538D", "#DE93BF")
_OCHRE = ("#C28A00", "#E9B93A")
_SKY = ("#3A9BD0", "#8CCBF0")
_GREY = ("#5A5F66", "#AEB4BC")
_BROWN = ("#7A5230", "#BF9470")
_OLIVE = ("#7F7F1A", "#BDBD5A")
_WINE = ("#882255", "#D0789F")
_INDIGO = ("#4A3AA8", "#A398EA")
_ROSE = ("#CC6677", "#E59AA6")
_PAIRS = (_BLUE, _VERMILION, _GREEN, _PURPLE, _OCHRE, _SKY, _BROWN)

_DASHED, _DOTTED, _DASH_DOTTED = (5.0, 2.0), (1.0, 1.5), (5.0, 1.5, 1.0, 1.5)

# The order is the order of legends and tables: dense, the ticket, its controls from near to far.
LOOKS = {
    "dense": Look(*_GREY, "o"),
    "imp": Look(*_BLUE, "o"),
    "dense_at_k": Look(*_BLUE, "o", is_open=True),
    "lr_rewind": Look(*_SKY, "p", (10.0, 2.0)),
    "finetune": Look(*_INDIGO, "X", (6.0, 1.5, 1.0, 1.5, 1.0, 1.5)),
    "trained": Look(*_BROWN, "P", _DASH_DOTTED),
    "dense_transfer": Look(*_BROWN, "P", is_open=True),
    "transfer_oneshot": Look(*_BROWN, (8, 1, 0), (2.0, 1.0, 6.0, 1.0), is_second=True),
    "transfer_gradual": Look(*_GREEN, (4, 1, 45), (9.0, 1.5, 1.0, 1.5), is_second=True),
    "reinit_signs": Look(*_VERMILION, "d", (2.0, 1.0), is_second=True),
    "shuffled_values": Look(*_PURPLE, "h", (4.0, 1.0, 1.0, 1.0), is_second=True),
    "fresh_at_k": Look(*_WINE, "*", (7.0, 1.0)),
    "random_reinit": Look(*_VERMILION, "s", _DASHED),
    "layerwise_permuted": Look(*_PURPLE, "D", (3.0, 1.0)),
    "erk": Look(*_OLIVE, ">", (1.0, 1.0, 3.0, 1.0)),
    "balanced": Look(*_OCHRE, "<", (2.0, 2.0), is_second=True),
    "random_pruning": Look(*_OCHRE, "v", (8.0, 2.0)),
    "random_mask": Look(*_GREEN, "^", _DOTTED),
    "at_init": Look(*_INDIGO, "H", (3.0, 2.0, 1.0, 2.0), is_second=True),
    "at_init_shuffled": Look(*_ROSE, (3, 1, 0), (1.0, 2.0, 4.0, 2.0)),
    "at_init_fresh": Look(*_ROSE, (3, 1, 180), (6.0, 3.0), is_second=True),
    "gradual": Look(*_SKY, "8", (4.0, 2.0), is_second=True),
    "set": Look(*_OLIVE, (6, 1, 0), (2.0, 1.5), is_second=True),
    "rigl": Look(*_WINE, (4, 1, 0), (3.0, 2.5), is_second=True),
    "floor": Look(*_GREY, "v", is_open=True),
}
_VARIANTS = ((4.0, 1.5), (1.2, 1.2), (6.0, 1.5, 1.2, 1.5), (9.0, 2.5))  # further arms of a method
_MARKERS = "<>ph*dH8"
_PATTERNS = (_DASHED, _DOTTED, _DASH_DOTTED)


def look(method: str) -> Look:
    """The look of a method; one not listed gets a look that depends on its name alone."""
    if method in LOOKS:
        return LOOKS[method]
    number = int.from_bytes(sha256(method.encode()).digest()[:4], "big")
    pair, marker = _PAIRS[number % len(_PAIRS)], _MARKERS[number % len(_MARKERS)]
    return Look(*pair, marker, _PATTERNS[number % len(_PATTERNS)])


def arm_look(method: str, variant: int) -> Look:
    """The look of an arm: its method's; variants have open markers, and dashes of their own."""
    own = look(method)
    if variant == 0:
        return own
    return replace(own, is_open=True, dashes=_VARIANTS[(variant - 1) % len(_VARIANTS)])


def source_colour(number: int) -> str:
    """The line colour of the source with this number; with many sources colours come again."""
    return _PAIRS[number % len(_PAIRS)][0]


def method_order(method: str) -> tuple[int, str]:
    """Sorts methods as `LOOKS` lists them, the others after those by name."""
    names = list(LOOKS)
    return (names.index(method) if method in LOOKS else len(names), method)
