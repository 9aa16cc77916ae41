"""Whether W&B can be asked at all: the mode that is wanted, and an account for it."""

import netrc
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

from pydantic import TypeAdapter, ValidationError

from ltsweep.foundations.types import Name, Project

MODES = ("auto", "offline", "online", "disabled")
_ALIASES = {"dryrun": "offline", "run": "online"}  # as wandb itself reads them
_ANSWER_SECONDS = 60


def wanted_mode(environment: Mapping[str, str], configured: str) -> str:
    """The mode asked for: the user's `WANDB_MODE`, then the configured one. ValueError for others.

    "auto" is online with credentials and offline without. Where no logger is configured, no
    variable brings one in.
    """
    if configured == "disabled":
        return configured
    asked = environment.get("WANDB_MODE", "").strip().lower()
    mode = _ALIASES.get(asked, asked) or configured
    if mode not in MODES:
        raise ValueError(
            f"the environment variable WANDB_MODE={asked} must be auto, offline, online or disabled"
        )
    return mode


def unusable(environment: Mapping[str, str], configured: str) -> Iterator[str]:
    """Sentences about variables that wandb would refuse, and about `online` without an account."""
    try:
        mode = wanted_mode(environment, configured)
    except ValueError as error:
        yield str(error)
        return
    if mode != "disabled":
        yield from wrong_variables(environment)
    if mode == "online" and not is_logged_in(environment):
        asked = "WANDB_MODE=online" if environment.get("WANDB_MODE") else "logger.mode=online"
        yield (
            f"{asked} needs an account, and wandb finds no key of one here; set WANDB_API_KEY, or "
            "run `wandb login`, or choose logger.mode=offline or auto"
        )


def wrong_variables(environment: Mapping[str, str]) -> Iterator[str]:
    """Sentences about names of a project or an entity that wandb would refuse."""
    project, entity = "WANDB_PROJECT", "WANDB_ENTITY"
    yield from wrong_names(
        (f"the environment variable {project}=", environment.get(project)),
        (f"the environment variable {entity}=", environment.get(entity)),
    )


def wrong_names(project: tuple[str, str | None], entity: tuple[str, str | None]) -> Iterator[str]:
    """The same of names that stand behind these words."""
    for (words, named), kind in ((project, Project), (entity, Name)):
        type_ = TypeAdapter[str](kind)
        try:
            type_.validate_python(named or "none")
        except ValidationError:
            yield f"{words}{named} must be {type_.json_schema()['description']}"


def is_logged_in(environment: Mapping[str, str]) -> bool:
    """Whether wandb finds an account, without asking the network.

    A process of its own looks, so that wandb is never imported into one that trains.
    """
    if environment.get("WANDB_API_KEY"):
        return True
    command = [sys.executable, "-m", "ltsweep.views.wandb.credentials"]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_ANSWER_SECONDS)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def has_credentials(wandb: ModuleType) -> bool:
    """Whether wandb would find an API key or identity token without asking: no network is used."""
    if os.environ.get("WANDB_API_KEY"):
        return True
    settings = wandb.setup().settings
    if settings.api_key or getattr(settings, "identity_token_file", None):
        return True
    host = urlsplit(settings.base_url).hostname or ""
    named = os.environ.get("NETRC")
    places = [Path(named)] if named else [Path.home() / ".netrc", Path.home() / "_netrc"]
    return any(_has_password(place, host) for place in places)


def _has_password(path: Path, host: str) -> bool:
    try:
        found = netrc.netrc(path).authenticators(host)
    except (OSError, netrc.NetrcParseError):
        return False
    return bool(found and found[2])


if __name__ == "__main__":
    import wandb

    sys.exit(not has_credentials(wandb))
