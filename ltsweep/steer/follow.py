"""`ltsweep logs --follow`: what jobs print from now on, until none of them works any more."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from ltsweep.steer.cancel import at_work
from ltsweep.steer.logs import Logs, logs_of
from ltsweep.steer.selectors import Chosen

POLL_SECONDS = 0.5
POLLS = 10  # between looks at which jobs there are


def follow(shown: Logs, choose_again: Callable[[], Chosen], say: Callable[[str], None]) -> None:
    """Goes on where `shown` ended; with new files as new jobs take over. Ctrl-C ends it too."""
    tails = _Tails(say)
    for log in shown.logs:
        tails.skip(log.file)
    try:
        while True:
            chosen = choose_again()
            ends = not any(any(at_work(chosen, launch)) for launch in chosen.all_launches)
            for log in logs_of(chosen, 0).logs:
                tails.add(log.file)
            tails.show()
            if ends:
                say(f"no process and no job works on {chosen.words} any more")
                return
            for _ in range(POLLS):
                time.sleep(POLL_SECONDS)
                tails.show()
    except KeyboardInterrupt:
        return


@dataclass
class _Tails:
    """Files and how far they were shown; a heading where another file has something to say."""

    say: Callable[[str], None]
    _places: dict[str, int] = field(default_factory=dict)
    _last: str = ""

    def skip(self, file: str) -> None:
        """Shows only what is written from now on."""
        self._places[file] = _size(file)

    def add(self, file: str) -> None:
        """Shows the file from its beginning, unless it is one of those shown."""
        self._places.setdefault(file, 0)

    def show(self) -> None:
        """Prints the lines that were completed since the last time."""
        for file, place in self._places.items():
            if _size(file) <= place:
                continue
            with Path(file).open("rb") as content:
                content.seek(place)
                whole, newline, _ = content.read().rpartition(b"\n")
            if not newline:
                continue
            if file != self._last:
                self.say(f"==> {file} <==")
            self._last = file
            self._places[file] = place + len(whole) + 1
            self.say(whole.decode(errors="replace"))


def _size(file: str) -> int:
    try:
        return Path(file).stat().st_size
    except OSError:
        return 0
