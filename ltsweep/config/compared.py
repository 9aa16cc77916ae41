"""Whether the settings that a report names exist: in arms, in what is compared, in contrasts."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ltsweep.config.settings import RunConfig
from ltsweep.store.chosen import is_setting

Configs = Sequence[Mapping[str, Any]]
_OF_NO_ARM = frozenset({*RunConfig.model_fields, "report", "seed"})


def unknown_settings(configs: Configs) -> Iterator[str]:
    """A sentence for each name in `report` that no configuration has."""
    report = configs[0].get("report")
    if not isinstance(report, Mapping):
        return
    curves = [{k: v for k, v in config.items() if k not in _OF_NO_ARM} for config in configs]
    arms = report.get("arms")
    for name in arms if isinstance(arms, list | tuple) else ():
        if not any(_has(config, str(name).split(".")) for config in curves):
            yield (
                f"report.arms: {name} is no setting that arms can differ in; an arm is made of "
                "settings, or of groups of them, such as method or init.scale"
            )
    for place, name in _named(report):
        if not any(is_setting(config, name) for config in curves):
            yield f"report.{place}: {_why(curves, name)}"


def _named(report: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Each setting that is compared, or that names an arm or panels, with its place."""
    if isinstance(report.get("compare"), str):
        yield "compare", report["compare"]
    several = report.get("contrasts")
    listed = several if isinstance(several, list | tuple) else ()
    contrasts = {f"contrasts[{i}]": contrast for i, contrast in enumerate(listed)}
    for place, contrast in {"primary": report.get("primary"), **contrasts}.items():
        for part in ("arm", "against", "where"):
            settings = contrast.get(part) if isinstance(contrast, Mapping) else None
            for name in settings if isinstance(settings, Mapping) else ():
                yield f"{place}.{part}", str(name)


def _why(configs: Configs, name: str) -> str:
    """What is wrong with a name that stands for no value."""
    group = next((c[name] for c in configs if isinstance(c.get(name), Mapping)), None)
    if group:
        one = f"{name}.{next(iter(group))}"
        return f"{name} has no name of its own; name a setting of it, such as {one}"
    return (
        f"{name} is no setting that curves can differ in; name settings, such as init.scale, or "
        "groups that have a name, such as method or dataset"
    )


def _has(config: Any, path: Sequence[str]) -> bool:
    if not path:
        return True
    return isinstance(config, Mapping) and path[0] in config and _has(config[path[0]], path[1:])
