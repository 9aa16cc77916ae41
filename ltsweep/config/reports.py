"""What an experiment declares of its report before anything is run: arms, contrasts, densities."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ltsweep.foundations.errors import listed
from ltsweep.foundations.types import NotBool, Positive, Section, Text

Scalar = str | bool | int | float | None
Value = Scalar | tuple[Scalar, ...]
Settings = Annotated[
    dict[str, Value],
    Field(min_length=1, description="settings with a value each, such as {method: imp}"),
]
Density = Annotated[float, Field(gt=0, le=1), NotBool]


_CONTRAST = (
    "a contrast such as {arm: {method: imp}, against: {method: random_reinit}}, with density and "
    "where if wanted"
)
_CONTRASTS = f"a list in brackets, each {_CONTRAST}"


class Contrast(Section):
    """One arm against another, each named by settings that it has.

    Each cell with the settings `arm` is held against the cell of its panel that has the settings
    `against` and agrees with it in whatever of an arm neither names. A group stands for its name:
    `method: imp`. `init.rescale` is how a cell's own weights are rescaled, whichever init they were
    drawn from. `density` is one of the declared ones, null for all; `where` names the panels, null
    for all.
    """

    arm: Settings
    against: Settings
    density: Density | None = None
    where: Settings | None = None


class Report(Section):
    """What the verdicts of the report use; fixed before anything is run.

    An arm is made of the settings, or groups of settings, in `arms`. What is compared are arms, or
    the values of one setting, `compare`, each with the `reference` value; `contrasts` replaces what
    is compared by a list. `primary` is the contrast that the experiment is made for: its panels are
    averaged seed by seed. Settings in `tuned` are chosen for each arm and density by validation
    accuracy. `split` is what accuracies are measured on. With `linear`, linear classifiers of the
    same inputs stand beside the curves. `require_same` refuses a report of trainings that different
    versions, or kinds of device, have run. `question` and `shows_not` are sentences for the
    page of results.
    """

    delta: Positive
    densities: tuple[Density, ...]
    arms: Annotated[tuple[Text, ...], Field(min_length=1)] = ("method",)
    compare: Text | None = None
    reference: Value = None
    primary: Annotated[Contrast, Field(description=_CONTRAST)] | None = None
    contrasts: Annotated[tuple[Contrast, ...], Field(description=_CONTRASTS)] | None = None
    tuned: tuple[Text, ...] = ()
    split: Literal["test", "validation"] = "test"
    question: Text | None = None
    linear: bool = False
    shows_not: Text | None = None
    require_same: tuple[Literal["version", "device"], ...] = ()

    @model_validator(mode="after")
    def _a_reference_is_compared_with(self) -> Self:
        if self.reference is not None and self.compare is None:
            raise ValueError(
                "reference is the value of the setting report.compare that others are held "
                "against; name that setting, or leave reference out"
            )
        return self

    @model_validator(mode="after")
    def _nothing_is_named_twice(self) -> Self:
        """Of equal contrasts each would count in the family that p-values are adjusted for."""
        for field in ("arms", "densities", "tuned", "contrasts"):
            values = getattr(self, field) or ()
            if twice := [value for i, value in enumerate(values) if value in values[:i]]:
                number = values.index(twice[0]) + 1
                named = f"entry {number}" if field == "contrasts" else f"{twice[0]}"
                raise ValueError(f"{field} names {named} twice; leave one of them out")
        return self

    @model_validator(mode="after")
    def _densities_of_contrasts_are_declared(self) -> Self:
        for place, contrast in self.named_contrasts():
            if contrast.density is not None and contrast.density not in self.densities:
                declared = listed([f"{density:g}" for density in self.densities], "or")
                raise ValueError(
                    f"{place} is held at density={contrast.density:g}; it must be one of "
                    f"report.densities, {declared}, or null for all"
                )
        return self

    def named_contrasts(self) -> list[tuple[str, Contrast]]:
        """Each declared contrast with the words for its place: `primary`, `contrasts[0]`."""
        listed_ones = [(f"contrasts[{i}]", c) for i, c in enumerate(self.contrasts or ())]
        return [("primary", self.primary), *listed_ones] if self.primary else listed_ones
