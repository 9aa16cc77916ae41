"""Reports without their pictures, or with blank ones: drawing takes most of a report.

A tiny sweep takes less time than its pictures, and most tests of views look at something else.
"""

import io

_DRAWING = ("draw", "draw_sizes", "draw_matrices", "draw_shares")
_DPI = 200


def leave_out(replace):
    """Has reports write empty files; `replace` sets an attribute, as setattr does."""
    from ltsweep.views import report

    for name in _DRAWING:
        assert callable(getattr(report, name))
        replace(report, name, lambda *_, **__: {"png": b"", "pdf": b""})


def leave_blank(replace):
    """Has pictures saved with their size and their caption, and nothing on them."""
    from ltsweep.views import canvas

    assert callable(canvas._saved)
    replace(canvas, "_saved", _blank)


def _blank(figure, kind, metadata):
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    if kind == "pdf":
        return b"%%PDF %s" % (metadata["Subject"] or "").encode()
    size = (round(_DPI * figure.get_figwidth()), round(_DPI * figure.get_figheight()))
    words, buffer = PngInfo(), io.BytesIO()
    words.add_itxt("Description", metadata["Description"] or "")
    Image.new("1", size).save(buffer, "PNG", pnginfo=words)
    return buffer.getvalue()
