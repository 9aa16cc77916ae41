"""A stand-in for W&B's server: enough of its protocol for wandb's own client to finish a run."""

import json
import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest


class Server(ThreadingHTTPServer):
    """Keeps the history rows of each run; `hangs` makes it never answer, `fails` answer 500."""

    daemon_threads = True
    block_on_close = False

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.hangs = threading.Event()
        self.released = threading.Event()
        self.fails = False
        self.runs: dict[str, dict[str, Any]] = {}
        self.history: dict[str, list[dict[str, Any]]] = {}
        self.completed: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers GraphQL queries by their name, and takes the file stream."""

    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if self.server.hangs.is_set():
            self.server.released.wait(200)
            return
        if self.server.fails:
            self.send_error(500)
            return
        answer: dict[str, Any] = {}
        if self.path == "/graphql":
            answer = {"data": self._graphql(json.loads(body))}
        elif self.path.endswith("/file_stream"):
            self._stream(self.path.split("/")[-2], json.loads(body))
        content = json.dumps(answer).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_PUT = do_GET = do_POST

    def _graphql(self, query: dict[str, Any]) -> dict[str, Any]:
        named = re.search(r"(?:query|mutation)\s+(\w+)", query["query"])
        name, given = named.group(1) if named else "", query.get("variables", {})
        entity = {"id": "e", "name": "someone"}
        project = {"id": "p", "name": given.get("project"), "entity": entity}
        if name == "UpsertBucket":
            known = self.server.runs.setdefault(given["name"], {})
            known.update({key: value for key, value in given.items() if value is not None})
            bucket = {
                "id": given["name"], "name": given["name"], "displayName": "", "description": None,
                "config": "{}", "sweepName": None, "project": project,
                "historyLineCount": len(self.server.history.get(given["name"], [])),
            }  # fmt: skip
            return {"upsertBucket": {"bucket": bucket, "inserted": True}}
        if name == "CreateRunFiles":
            files = [{"name": f, "uploadUrl": f"{self.server.url}/up"} for f in given["files"]]
            return {"createRunFiles": {"runID": "r", "uploadHeaders": [], "files": files}}
        if name == "RunResumeStatus":
            return {"model": {**project, "bucket": None}}
        return {}

    def _stream(self, run: str, content: dict[str, Any]) -> None:
        lines = content.get("files", {}).get("wandb-history.jsonl", {}).get("content", [])
        self.server.history.setdefault(run, []).extend(json.loads(line) for line in lines)
        if content.get("complete"):
            self.server.completed.append(run)

    def log_message(self, *arguments: Any) -> None:
        """Silence."""


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.released.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def _no_account(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Hides whatever account and settings the person who runs the tests has."""
    for name in [name for name in os.environ if name.startswith("WANDB_") or name == "NETRC"]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(home / ".config"))


@pytest.fixture
def account(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Credentials for the stand-in server."""
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("WANDB_BASE_URL", server.url)
    return server
