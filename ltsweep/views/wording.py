"""How numbers and settings are written for people, the same in every view."""

from collections.abc import Mapping, Sequence
from typing import Any

SOURCE_OF = {"target": "source", "target_optimizer": "source_optimizer"}


def percent(fraction: float) -> str:
    """A density as "100 %", "51.2 %", "3.52 %" or "0.12 %": three significant digits at most."""
    value = 100 * fraction
    decimals = 1 if value >= 10 else 2 if value >= 0.095 else 3
    text = f"{value:.{decimals}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) + " %"


def accuracy(mean: float | None, sd: float | None) -> str:
    """Accuracies in percent as "97.8 ± 0.5", "97.8" for one seed, "–" for none."""
    if mean is None:
        return "–"
    return f"{mean:.1f}" if sd is None else f"{mean:.1f} ± {sd:.1f}"


def signed(value: float | None, decimals: int = 2) -> str:
    """A difference with its sign and a real minus, "–" for none."""
    if value is None:
        return "–"
    text = f"{value:+.{decimals}f}"
    return text.replace("-", "−") if float(text) else text[1:]


def p_value(p: float | None) -> str:
    """A p-value as "0.012" or "< 0.001", "–" for none."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def equals(p: str) -> str:
    """A p-value as written, behind its name: '= 0.012' or '< 0.001'."""
    return p if p.startswith("<") else f"= {p}"


def setting(values: Mapping[str, Any]) -> str:
    """The values that tell a panel from the others: "init scale 2, reset 20it".

    A target is named where it is not the source.
    """
    told = {name: v for name, v in values.items() if not _is_source(name, values)}
    return ", ".join(f"{name.replace('_', ' ')} {value_text(v)}" for name, v in told.items())


def _is_source(name: str, values: Mapping[str, Any]) -> bool:
    source = SOURCE_OF.get(name)
    return source is not None and source in values and values[name] == values[source]


def value_text(value: Any) -> str:
    """One configuration value; None reads "none" and 1.0 reads "1"."""
    if value is None:
        return "none"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value)


def markdown_table(rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown; the first row is its head."""
    head, *body = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([head, "|" + " --- |" * len(rows[0]), *body])
