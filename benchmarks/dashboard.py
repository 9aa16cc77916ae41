"""`python -m benchmarks.dashboard`: milliseconds to draw and to filter 1,000 curves in Chromium."""

import statistics
import tempfile
from pathlib import Path

from tests.views.conftest import MadeUpStore
from tests.views.dashboard.conftest import Browser
from tests.views.dashboard.test_page import CHOOSE_LOSS, FILTER_ONE_SEED, page_of, thousand

REPETITIONS = 7
TIMED = (
    "(() => { const from = performance.now(); %s; document.body.offsetHeight;"
    " return performance.now() - from; })()"
)


def main() -> None:
    """Prints medians; the bar is 100 ms to draw and 50 ms to filter."""
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        page = page_of(thousand(MadeUpStore(directory / "store")), directory / "dashboard.html")
        browser = Browser(directory / "profile")
        drawing, filtering = [], []
        for _ in range(REPETITIONS):
            browser.open(page, "#show=curves")
            drawing.append(browser.evaluate(TIMED % CHOOSE_LOSS))
            filtering.append(browser.evaluate(TIMED % FILTER_ONE_SEED))
        browser.close()
    print(f"1,000 curves of 16 levels, {page.name}")
    print(f"draw    {statistics.median(drawing):6.1f} ms")
    print(f"filter  {statistics.median(filtering):6.1f} ms")


if __name__ == "__main__":
    main()
