"""A headless Chromium, driven over a pipe, that keeps what went wrong on its pages."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ...waiting import wait_for

CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--headless --no-sandbox --disable-gpu --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --remote-debugging-pipe --window-size=1280,1000"
)
# Chromium talks over descriptors 3 and 4; the ends of our pipes are moved there first.
LAUNCH = (
    "import os, sys; r, w = (os.dup(int(n)) for n in sys.argv[1:3]); "
    "r, w = os.dup2(r, 103), os.dup2(w, 104); os.dup2(r, 3); os.dup2(w, 4); "
    "os.execv(sys.argv[3], sys.argv[3:])"
)


class Browser:
    """A Chromium that is driven over a pipe and keeps what went wrong on its pages."""

    def __init__(self, profile: Path) -> None:
        assert CHROMIUM is not None
        child_reads, self._to = os.pipe()
        self._from, child_writes = os.pipe()
        command = [sys.executable, "-c", LAUNCH, str(child_reads), str(child_writes), CHROMIUM]
        self._process = subprocess.Popen(
            [*command, *FLAGS.split(), f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(child_reads, child_writes),
            stderr=subprocess.DEVNULL,
        )
        os.close(child_reads)
        os.close(child_writes)
        self._buffer = b""
        self._number = 0
        self.session: str | None = None
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page = next(t for t in self._targets() if t["type"] == "page")
        attached = self.call("Target.attachToTarget", targetId=page["targetId"], flatten=True)
        self.session = attached["sessionId"]
        for domain in ("Runtime", "Page", "Network", "Log"):
            self.call(f"{domain}.enable")

    def open(self, path: Path, fragment: str = "") -> None:
        """Loads a file, anew even when only the fragment differs."""
        self.call("Page.navigate", url="about:blank")
        self.complaints.clear()
        self.requests.clear()
        self.call("Page.navigate", url=f"{path.as_uri()}{fragment}")
        wait_for(lambda: self.evaluate("document.readyState") == "complete", "loaded page", 120)
        self.evaluate("new Promise(done => requestAnimationFrame(() => done(1)))")

    def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression; an exception in it fails the test."""
        answer = self.call(
            "Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True
        )
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def count(self, selector: str) -> int:
        """How many elements match."""
        return self.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length")

    def text(self, selector: str) -> str:
        """The text of the first element that matches, as it is seen."""
        # Parts of a picture have no innerText.
        element = f"document.querySelector({json.dumps(selector)})"
        return self.evaluate(f"{element}.innerText ?? {element}.textContent")

    def mouse(self, kind: str, x: float, y: float) -> None:
        """Sends a mouse event to a place on the page."""
        self.call(
            "Input.dispatchMouseEvent", type=kind, x=x, y=y, button="left" * (kind != "mouseMoved")
            or "none", clickCount=int(kind != "mouseMoved"),
        )  # fmt: skip

    def click(self, x: float, y: float) -> None:
        """Moves to a place and clicks."""
        for kind in ("mouseMoved", "mousePressed", "mouseReleased"):
            self.mouse(kind, x, y)

    def press(self, key: str) -> None:
        """Presses and releases a key."""
        for kind in ("keyDown", "keyUp"):
            self.call("Input.dispatchKeyEvent", type=kind, key=key)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """One command of the DevTools protocol and its answer."""
        self._number += 1
        message: dict[str, Any] = {"id": self._number, "method": method, "params": parameters}
        if self.session:
            message["sessionId"] = self.session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._receive()
            if answer.get("id") == self._number:
                assert "error" not in answer, answer
                return answer["result"]
            self._note(answer)

    def close(self) -> None:
        """Ends the browser."""
        self.session = None
        self.call("Browser.close")
        os.close(self._to)
        os.close(self._from)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _targets(self) -> list[dict[str, Any]]:
        return self.call("Target.getTargets")["targetInfos"]

    def _receive(self) -> dict[str, Any]:
        while b"\0" not in self._buffer:
            chunk = os.read(self._from, 1 << 16)
            assert chunk, "chromium ended"
            self._buffer += chunk
        message, _, self._buffer = self._buffer.partition(b"\0")
        return json.loads(message)

    def _note(self, event: dict[str, Any]) -> None:
        parameters = event.get("params", {})
        if event.get("method") == "Network.requestWillBeSent":
            url = parameters["request"]["url"]
            self.requests += [url] * (not url.startswith(("file:", "data:", "about:")))
        if event.get("method") == "Runtime.exceptionThrown":
            self.complaints.append(json.dumps(parameters["exceptionDetails"]))
        if event.get("method") == "Log.entryAdded":
            self.complaints.append(parameters["entry"]["text"])
        if event.get("method") == "Runtime.consoleAPICalled":
            self.complaints.append(json.dumps(parameters["args"]))


@pytest.fixture(scope="package")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("chromium is not installed (Debian package chromium)")
    browser = Browser(tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()
