"""The verdicts of a report as JSON has them: what another program needs to compute them again."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from ltsweep.views.published import published_in_words
from ltsweep.views.verdicts.families import family_size
from ltsweep.views.verdicts.primary import PrimaryVerdict
from ltsweep.views.verdicts.shares import shares
from ltsweep.views.verdicts.verdict import PanelVerdict
from ltsweep.views.wording import setting
from ltsweep.views.yardsticks import linear_in_words


def as_plain(
    verdicts: Iterable[PanelVerdict], primary: PrimaryVerdict | None = None
) -> dict[str, Any]:
    """The primary contrast, the size of the family of all others, shares, and every panel.

    Differences are in points, by seed. Members of the family are the contrasts that have a
    `p_holm`.
    """
    verdicts = list(verdicts)
    return {
        "primary": None if primary is None else primary_as_plain(primary),
        "family": family_size(verdicts),
        "shares": [asdict(share) for share in shares(verdicts)],
        "panels": panels_as_plain(verdicts),
    }


def primary_as_plain(primary: PrimaryVerdict) -> dict[str, Any]:
    """All numbers of the primary contrast, and its sentence."""
    words = {"verdict_in_words": primary.difference.in_words, "in_words": primary.in_words}
    return {**asdict(primary), **words}


def panels_as_plain(verdicts: Iterable[PanelVerdict]) -> list[dict[str, Any]]:
    """The panels; settings, lowest matching densities and verdicts in words, too."""
    plain = []
    for verdict in verdicts:
        entry = asdict(verdict)
        entry["setting_in_words"] = setting(verdict.setting)
        entry["linear_in_words"] = linear_in_words(verdict.linear)
        entry["published_in_words"] = published_in_words(verdict.published)
        for method, raw in zip(verdict.methods, entry["methods"], strict=True):
            raw["lowest_density"] = method.lowest_density
            raw["lowest_in_words"] = method.lowest_in_words
            raw["yet_in_words"] = method.yet_in_words
        for contrast, raw in zip(verdict.contrasts, entry["contrasts"], strict=True):
            raw["verdict_in_words"] = contrast.difference.in_words
        plain.append(entry)
    return plain
