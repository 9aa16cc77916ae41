"""Files that are whole or absent: atomic writes, exclusive creation, digests."""

import errno
import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any


class DamagedFile(Exception):
    """A file that exists but does not hold what was written into it; the message names it."""


def write_atomic(path: Path, content: bytes) -> None:
    """Writes `content` to `path` through a temporary name, so that a reader sees all or nothing."""
    temporary = _write_temporary(path, content)
    try:
        os.replace(temporary, path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_once(path: Path, content: bytes) -> bool:
    """Creates `path` with its content complete; False, and nothing written, when it exists.

    A hard link is atomic on NFS too, and unlike O_EXCL it never shows an empty file.
    """
    temporary = _write_temporary(path, content)
    try:
        os.link(temporary, path)
    except FileExistsError:
        return path.samefile(temporary)  # NFS may link, lose its answer, and find the link
    except OSError as error:  # a file system without hard links
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        return _move_once(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def sync(path: Path) -> None:
    """Waits until a file's bytes, or the names in a directory, would survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as error:  # of directories, some network file systems know no such thing
        if error.errno not in (errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
    finally:
        os.close(descriptor)


def read_json(path: Path) -> Any:
    """The JSON in `path`, or None when there is no such file."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    except ValueError as error:
        raise DamagedFile(f"{path} is not valid JSON: {error}") from error


def write_json(path: Path, value: Any) -> None:
    """Writes `value` as indented JSON, atomically; non-finite numbers are refused."""
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    write_atomic(path, text.encode() + b"\n")


def named_from(directory: Path, path: str) -> str:
    """How a file of `directory` names another: without the directory, which may be moved."""
    whole, root = os.path.realpath(path), os.path.realpath(directory)
    inside = path and whole.startswith(f"{root}{os.sep}")
    return os.path.relpath(whole, root) if inside else path


def found_from(directory: Path, name: str) -> str:
    """The path of what `named_from` has named, wherever `directory` lies now."""
    return os.path.abspath(directory / name) if name else name


def sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_of(error: OSError) -> Path | None:
    """The path that an error is about; of a file that could not be renamed, what it was to be."""
    name = error.filename2 or error.filename
    return Path(name) if isinstance(name, str) else None


def is_disk_full(error: BaseException) -> bool:
    """Whether an exception, or what caused it, says that no space (or quota) is left."""
    seen: BaseException | None = error
    while seen is not None:
        if isinstance(seen, OSError) and seen.errno in (errno.ENOSPC, errno.EDQUOT):
            return True
        seen = seen.__cause__ or seen.__context__
    return False


def _write_temporary(path: Path, content: bytes) -> Path:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
    return temporary


def _move_once(temporary: Path, path: Path) -> bool:
    """Reserves a name by an empty file, which the content then replaces."""
    try:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except FileExistsError:
        return False
    os.replace(temporary, path)
    return True
