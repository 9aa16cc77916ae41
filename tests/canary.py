"""Secrets in the environment of a sweep, and which files of its store hold one."""

import gzip
from pathlib import Path

import pytest

CANARY = ("canary" * 7)[:40]  # as long as a key of W&B's
PROXY = f"http://me:{CANARY}@127.0.0.1:9"


def set_secrets(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys, passwords and proxies where programs look for them."""
    (home / "netrc").write_text(f"machine api.wandb.ai login user password {CANARY}\n")
    (home / "netrc").chmod(0o600)
    secrets = {
        **dict.fromkeys(("WANDB_API_KEY", "AWS_SECRET_ACCESS_KEY", "HF_TOKEN"), CANARY),
        **dict.fromkeys(("HTTPS_PROXY", "https_proxy"), PROXY),
        "NETRC": str(home / "netrc"),
    }
    for name, value in secrets.items():
        monkeypatch.setenv(name, value)


def telling(root: Path) -> list[Path]:
    """Files that hold the secret, or have it in their name."""
    return [path for path in root.rglob("*") if CANARY in path.name or _holds(path)]


def _holds(path: Path) -> bool:
    content = path.read_bytes() if path.is_file() else b""
    if path.suffix == ".gz":
        content = gzip.decompress(content)
    return CANARY.encode() in content
