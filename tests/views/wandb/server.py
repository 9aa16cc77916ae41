"""A stand-in for W&B's server: enough of its protocol for wandb's own client to finish a run.

As with the real one, lines of a run's history have numbers: what is sent again takes the place of
what was there.
"""

import json
import re
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Server(ThreadingHTTPServer):
    """Keeps the history rows of each run, by number, and what goes wrong with it.

    `hangs`: it never answers. `fails`: it answers 500. `refused`: runs that it will not have, with
    the status of its answer. `deaf`: it says 404 to the rows of these runs. `watch` is called with
    the name of each request, and with "rows" when some have been taken. `contradicted` are runs of
    which a row came again with another content.
    """

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.fails = False
        self.watch: Callable[[str], None] = lambda name: None
        self.refused: dict[str, int] = {}
        self.deaf: set[str] = set()
        self.runs: dict[str, dict[str, Any]] = {}
        self.rows: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
        self.completed: list[str] = []
        self.contradicted: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @property
    def account(self) -> dict[str, str]:
        """What the environment of wandb's client says of it."""
        return {"WANDB_API_KEY": "k" * 40, "WANDB_BASE_URL": self.url}

    def take(self, run: str, number: int, row: dict[str, Any]) -> None:
        """Puts a row in its place."""
        before = self.rows[run].setdefault(number, row)
        if without_times(before) != without_times(row):
            self.contradicted.append(run)
        self.rows[run][number] = row

    def history(self, run: str) -> list[dict[str, Any]]:
        """The rows of a run, in order."""
        return [row for _, row in sorted(self.rows[run].items())]

    def levels(self, run: str) -> list[int]:
        """The levels that a run has a row of, in the order in which they came."""
        return [row["level/number"] for row in self.history(run) if "level/number" in row]


def without_times(row: dict[str, Any]) -> dict[str, Any]:
    """What was logged, without what wandb's client adds."""
    return {name: value for name, value in row.items() if not name.startswith("_")}


@contextmanager
def serving() -> Iterator[Server]:
    """A server that answers while the block runs."""
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.released.set()
        server.shutdown()
        server.server_close()
        thread.join()


class Handler(BaseHTTPRequestHandler):
    """Answers GraphQL queries by their name, and takes the file stream."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.hangs.is_set():
            self.server.released.wait(200)
            return
        if self.server.fails:
            self._answer(500, {})
        elif self.path == "/graphql":
            self._graphql(json.loads(body))
        elif self.path.endswith("/file_stream"):
            self._stream(self.path.split("/")[-2], json.loads(body))
        else:
            self._answer(200, {})

    do_PUT = do_GET = do_POST

    def _answer(self, status: int, answer: dict[str, Any]) -> None:
        content = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _graphql(self, query: dict[str, Any]) -> None:
        named = re.search(r"(?:query|mutation)\s+(\w+)", query["query"])
        name, given = named.group(1) if named else "", query.get("variables", {})
        self.server.watch(name)
        run = given.get("name", "")
        if name == "UpsertBucket" and run in self.server.refused:
            refusal = f"run {run} was previously created and deleted"
            self._answer(self.server.refused[run], {"errors": [{"message": refusal}]})
            return
        answer = getattr(self, f"_{name}", lambda given: {})(given)
        self._answer(200, {"data": answer})

    def _project(self, given: dict[str, Any]) -> dict[str, Any]:
        entity = {"id": "e", "name": given.get("entity") or "someone"}
        return {"id": "p", "name": given.get("project"), "entity": entity}

    def _Viewer(self, given: dict[str, Any]) -> dict[str, Any]:
        user = {"id": "u", "username": "someone", "entity": "someone", "flags": "{}"}
        return {"viewer": {**user, "admin": False, "email": "", "teams": {"edges": []}}}

    _GetDefaultEntity = _Viewer

    def _UpsertBucket(self, given: dict[str, Any]) -> dict[str, Any]:
        known = self.server.runs.setdefault(given["name"], {})
        known.update({key: value for key, value in given.items() if value is not None})
        bucket = {
            "id": given["name"], "name": given["name"], "displayName": "", "description": None,
            "config": "{}", "sweepName": None, "project": self._project(given),
            "historyLineCount": len(self.server.rows[given["name"]]),
        }  # fmt: skip
        return {"upsertBucket": {"bucket": bucket, "inserted": True}}

    def _CreateRunFiles(self, given: dict[str, Any]) -> dict[str, Any]:
        files = [{"name": f, "uploadUrl": f"{self.server.url}/up"} for f in given["files"]]
        return {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}

    def _RunResumeStatus(self, given: dict[str, Any]) -> dict[str, Any]:
        rows = self.server.history(given["name"])
        bucket = {
            "name": given["name"], "summaryMetrics": "{}", "displayName": "", "logLineCount": 0,
            "historyLineCount": len(rows), "eventsLineCount": 0, "eventsTail": "[]",
            "historyTail": json.dumps([json.dumps(row) for row in rows[-1:]]),
            "config": "{}", "tags": [], "notes": "", "wandbConfig": json.dumps({"t": 1}),
        }  # fmt: skip
        is_known = given["name"] in self.server.runs
        return {"model": {**self._project(given), "bucket": bucket if is_known else None}}

    def _Run(self, given: dict[str, Any]) -> dict[str, Any]:
        if given["name"] not in self.server.runs:
            return {"project": {"run": None}}
        run = {
            "id": "r", "name": given["name"], "displayName": "", "state": "finished", "tags": [],
            "config": "{}", "summaryMetrics": "{}", "systemMetrics": "{}", "sweepName": None,
            "historyLineCount": len(self.server.rows[given["name"]]), "historyKeys": None,
            "user": {"name": "someone", "username": "someone"},
        }  # fmt: skip
        return {"project": {"internalId": "1", "run": run}}

    def _stream(self, run: str, content: dict[str, Any]) -> None:
        if run in self.server.deaf:
            self._answer(404, {})
            return
        history = content.get("files", {}).get("wandb-history.jsonl")
        for number, line in enumerate(history["content"] if history else ()):
            self.server.take(run, history["offset"] + number, json.loads(line))
        if history:
            self.server.watch("rows")
        if content.get("complete"):
            self.server.completed.append(run)
        self._answer(200, {})

    def log_message(self, *arguments: Any) -> None:
        """Silence."""
