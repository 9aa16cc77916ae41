"""Files that are whole or absent: atomic writes, exclusive creation, digests, sealed JSON."""

import errno
import hashlib
import json
import os
import secrets
import stat
from collections.abc import Mapping
from io import BufferedReader
from pathlib import Path
from typing import Any

from ltsweep.foundations.notices import warn_once

_SEAL = "sha256"  # the last key of a sealed file: the digest of all bytes before it
SET_ASIDE = ".set-aside-"  # in the name of what stood where a file belongs


class DamagedFile(Exception):
    """A file that exists but does not hold what was written into it; the message names it."""


def write_atomic(path: Path, content: bytes) -> None:
    """Writes `content` to `path` through a temporary name, so that a reader sees all or nothing.

    A directory that stands there is set aside.
    """
    temporary = _write_temporary(path, content)
    try:
        if path.is_dir() and not path.is_symlink():
            clear(path)
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
        # NFS may link, lose its answer, and then find the link
        return path.exists() and path.samefile(temporary)
    except OSError as error:  # a file system without hard links
        if error.errno not in (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        return _move_once(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def set_aside(path: Path) -> None:
    """Renames what stands where a file belongs, so that nothing takes it for that file."""
    aside = path.rename(path.with_name(f"{path.name}{SET_ASIDE}{secrets.token_hex(4)}"))
    if aside.is_dir():
        warn_once(f"{path} is a directory where a file belongs; it is {aside.name} now")


def clear(path: Path) -> None:
    """Makes room where a file belongs: a file goes, a directory is set aside with all it holds."""
    if path.is_dir() and not path.is_symlink():
        set_aside(path)
    else:
        path.unlink(missing_ok=True)


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


def open_to_read(path: Path) -> BufferedReader:
    """Opens a file. OSError where something else stands there: a pipe would be waited for."""
    return open(path, "rb", opener=_open_file)


def _open_file(path: str, flags: int) -> int:
    descriptor = os.open(path, flags | os.O_NONBLOCK)
    kind = os.fstat(descriptor).st_mode
    if stat.S_ISREG(kind) or stat.S_ISDIR(kind):  # which open() itself refuses
        return descriptor
    os.close(descriptor)
    raise OSError(errno.EINVAL, "it is no file", path)


def read_bytes(path: Path) -> bytes | None:
    """The content of `path`, or None when there is no such file. DamagedFile if unreadable."""
    try:
        # thousands of small ones are read at once, and need no buffer
        with open(path, "rb", buffering=0, opener=_open_file) as file:
            return file.read()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise DamagedFile(f"{path} cannot be read: {error.strerror}") from error


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in `path` without its seal, or None when there is no such file.

    DamagedFile where it is unreadable, no JSON, no object, or not what was sealed. Files of early
    versions have no seal.
    """
    content = read_bytes(path)
    if content is None:
        return None
    try:
        value = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise DamagedFile(f"{path} is not valid JSON: {error}") from error
    if not isinstance(value, dict):
        raise DamagedFile(f"{path} holds no JSON object")
    seal = value.pop(_SEAL, None)
    if seal is not None and seal != _digest_before_seal(content):
        raise DamagedFile(f"{path} does not match its own digest")
    return value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Writes `value` as sealed JSON, atomically; non-finite numbers are refused."""
    write_atomic(path, sealed(value))


def sealed(value: Mapping[str, Any]) -> bytes:
    """`value` as indented JSON with the digest of its own bytes, by which `read_json` checks it."""
    text = json.dumps(value, indent=1, sort_keys=True, allow_nan=False)
    body = text.removesuffix("}").rstrip("\n") + (",\n " if value else "\n ")
    digest = hashlib.sha256(body.encode()).hexdigest()
    return f'{body}"{_SEAL}": "{digest}"\n}}\n'.encode()


def _digest_before_seal(content: bytes) -> str:
    body, _, _ = content.rpartition(f'"{_SEAL}"'.encode())
    return hashlib.sha256(body).hexdigest()


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
    with open_to_read(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def place_of(error: OSError) -> Path | None:
    """The path that an error is about; of a file that could not be renamed, what it was to be."""
    name = error.filename2 or error.filename
    return Path(name) if isinstance(name, str) else None


def holds(path: Path, digest: str) -> bool:
    """Whether a file is there, can be read, and has this SHA-256."""
    try:
        return sha256(path) == digest
    except OSError:
        return False


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
