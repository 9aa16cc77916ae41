"""Pictures of the right size, with their captions and nothing on them.

Drawing takes most of a report, and most tests look at something else of it.
"""

import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_DPI = 200


@contextmanager
def blank_pictures() -> Iterator[None]:
    """Whatever is drawn meanwhile is set up as always, and saved blank."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("ltsweep.views.canvas._saved", _blank)
        yield


def _blank(figure: "Figure", kind: str, metadata: dict[str, Any]) -> bytes:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    if kind == "pdf":
        return b"%%PDF %s" % (metadata["Subject"] or "").encode()
    size = (round(_DPI * figure.get_figwidth()), round(_DPI * figure.get_figheight()))
    words, buffer = PngInfo(), io.BytesIO()
    words.add_itxt("Description", metadata["Description"] or "")
    Image.new("1", size).save(buffer, "PNG", pnginfo=words)
    return buffer.getvalue()
