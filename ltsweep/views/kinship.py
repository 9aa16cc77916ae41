"""What a source and a target have in common: images from one source, and images that are equal."""

from collections.abc import Iterable, Mapping
from typing import Any

from ltsweep.store.overlap import Overlap
from ltsweep.store.point_record import PointRecord
from ltsweep.views.records import Curve

ABOUT_KIN = "kin: the images of both datasets come from one source"


def are_kin(point: PointRecord) -> bool:
    """Whether source and target are two datasets of which one names the other as its kin."""
    source, target = point.config["dataset"], point.config.get("target")
    return target is not None and (_names(source, target) or _names(target, source))


def in_common(point: PointRecord, overlap: Overlap | None) -> str | None:
    """What is to be told of a source and a target, without a full stop; None where nothing is."""
    parts = [ABOUT_KIN] if are_kin(point) else []
    if overlap is not None:
        parts.append(_counted(overlap))
    return "; ".join(parts) or None


def all_in_common(curves: Iterable[Curve]) -> list[str]:
    """A sentence for each source and target of these curves of which something is to be told."""
    told: dict[tuple[str, str], str] = {}
    for curve in curves:
        sentence = in_common(curve.point, curve.overlap)
        if sentence is not None:
            told[curve.columns["source"], curve.columns["target"]] = sentence
    return [f"{source} to {target}: {told[source, target]}" for source, target in sorted(told)]


def _counted(overlap: Overlap) -> str:
    tested, trained = f"{overlap.test_images:,}", f"{overlap.training_images:,}"
    if overlap.duplicates is None:
        return "no image of the target is one of the source, since they differ in shape"
    count = f"{overlap.duplicates:,}" if overlap.duplicates else "none"
    return (
        f"{count} of the {tested} test images of the target "
        f"{'is' if overlap.duplicates == 1 else 'are'} among the {trained} training images of the "
        "source, pixel by pixel as published"
    )


def _names(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return other["name"] in one.get("kin", ()) and other["name"] != one["name"]
