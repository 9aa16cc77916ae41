"""Downloads a dataset's files: against checksums, atomically, failing fast when offline."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

from ltsweep.data.dataset import DatasetDamaged, DatasetMissing

CONNECT_SECONDS = 5.0  # an unreachable publisher is reported within seconds, with no retry
SILENCE_SECONDS = 30.0  # of a server that has answered and then stalls
CHUNK_BYTES = 1 << 16
READABLE_BY_ALL = 0o644


def fetch(
    md5s: Mapping[str, str],
    folder: Path,
    mirror: str,
    *,
    instead: str = "put the files there yourself (gzipped or not)",
) -> None:
    """Download files into ``folder`` from ``mirror``, the URL of a folder.

    ``md5s`` maps the name of each file to its md5 in hex. A file appears under its name only when
    it is whole and its checksum is right, so several processes may do this at once. Raises
    DatasetMissing if a file cannot be had or stored, with ``instead`` as what to do instead;
    DatasetDamaged if the server's bytes are wrong; files fetched before that stay.
    """
    if md5s and not mirror.startswith(("http://", "https://")):
        raise DatasetMissing(
            f"{_listed(list(md5s))} missing in {folder}, and mirror={mirror} is no URL of a folder "
            f"such as https://host/folder: name one, or {instead}."
        )
    for position, (name, md5) in enumerate(md5s.items()):
        url = mirror.rstrip("/") + "/" + name
        try:
            _fetch_one(url, folder, name, md5)
        except OSError as error:  # requests' errors are OSErrors too
            raise DatasetMissing(
                f"{_listed(list(md5s)[position:])} missing in {folder} and {url} could not be "
                f"downloaded ({_reason(error)}): {instead}, or say with data_dir=... or the "
                "environment variable LTSWEEP_DATA where the data are."
            ) from error
        except ValueError as error:  # what pooch raises for a wrong checksum
            raise DatasetDamaged(
                f"{url} does not have the published checksum (md5 {md5}) and was not kept: try "
                f"again, set another mirror, or put {name} into {folder} yourself."
            ) from error


def fetch_absent(md5s: Mapping[str, str], data_dir: Path, mirror: str) -> list[Path]:
    """Return the paths of files right under ``data_dir``, those that are not there fetched."""
    folder = data_dir.expanduser().absolute()
    absent = {name: md5 for name, md5 in md5s.items() if not (folder / name).is_file()}
    fetch(absent, folder, mirror, instead="put the files there yourself")
    return [folder / name for name in md5s]


def _fetch_one(url: str, folder: Path, name: str, md5: str) -> None:
    """Download to a temporary file beside the target, check it, then rename it."""
    import pooch  # here, because most runs find their data on disk and needn't wait for it

    http = pooch.HTTPDownloader(
        progressbar=sys.stderr.isatty(),
        chunk_size=CHUNK_BYTES,
        timeout=(CONNECT_SECONDS, SILENCE_SECONDS),
        headers={"Accept-Encoding": "identity"},  # else a proxy may send what isn't the file
    )

    def download(source: str, temporary: str, caller: object) -> None:
        http(source, temporary, caller)
        # pooch's temporary files are private; a data folder is often shared by a group
        Path(temporary).chmod(READABLE_BY_ALL)

    pooch.retrieve(url, known_hash=f"md5:{md5}", fname=name, path=folder, downloader=download)


def _listed(names: list[str]) -> str:
    """Return the names as the subject of a sentence, with its verb."""
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _reason(error: OSError) -> str:
    """Say in a few words what went wrong; requests' own messages are paragraphs."""
    response = getattr(error, "response", None)  # set by requests when the server has answered
    if response is None:
        return error.strerror or type(error).__name__
    with response:  # pooch leaves its connection open
        return f"HTTP status {response.status_code}"
