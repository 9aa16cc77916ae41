"""Fixtures for the dataset tests: idx files made on the spot and a mirror on 127.0.0.1."""

import gzip
import struct
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest


def idx_bytes(array):
    """Write a uint8 array in the idx format, independently of the reader."""
    return (
        bytes((0, 0, 8, array.ndim))
        + struct.pack(f">{array.ndim}I", *array.shape)
        + (array.tobytes())
    )


@pytest.fixture
def to_idx():
    return idx_bytes


@pytest.fixture
def small_mnist():
    """Return the contents of four gzipped idx files: 30 training and 20 test images of 4x3."""
    rng = np.random.default_rng(7)

    def part(count):
        images = rng.integers(0, 256, (count, 4, 3)).astype(np.uint8)
        return images, (np.arange(count) % 10).astype(np.uint8)

    arrays = (*part(30), *part(20))
    names = (
        "train-images-idx3-ubyte.gz",
        "train-labels-idx1-ubyte.gz",
        "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    )
    return {
        name: gzip.compress(idx_bytes(array), mtime=0)
        for name, array in zip(names, arrays, strict=True)
    }


class Mirror:
    """A web server of a folder: ``files`` by name, ``requested`` names, faults on request."""

    def __init__(self):
        self.files = {}
        self.requested = []
        self.cut = False  # end each reply in its middle
        self.half_sent, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        mirror = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):  # noqa: N802
                mirror.reply(self)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/folder/"

    def reply(self, request):
        name = request.path.removeprefix("/folder/")
        self.requested.append(name)
        if name not in self.files:
            request.send_error(404)
            return
        content = self.files[name]
        request.send_response(200)
        request.send_header("Content-Length", str(len(content)))
        request.end_headers()
        request.wfile.write(content[: len(content) // 2])
        request.wfile.flush()
        self.half_sent.set()
        if not self.cut and self.go_on.wait(5):
            request.wfile.write(content[len(content) // 2 :])


@pytest.fixture
def mirror(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Mirror()
    thread = threading.Thread(target=made.server.serve_forever, args=(0.01,))
    thread.start()
    yield made
    made.go_on.set()
    made.server.shutdown()
    thread.join()
    made.server.server_close()
