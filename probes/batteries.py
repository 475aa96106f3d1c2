"""Named batteries: selections that many audits want, to be taken as they are or as a base."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .battery import BatteryName, BatterySpec

_CORE = ("direct", "pair", "control")
_LANGUAGES = ("en", "fr", "de", "zh-Hans", "zh-Hant")


@dataclass(frozen=True, slots=True)
class NamedBattery:
    """A battery with what it is good for."""

    goal: str
    spec: BatterySpec


BATTERIES: Mapping[BatteryName, NamedBattery] = {
    "quick": NamedBattery(
        "a first look in a minute on a local model of a billion parameters: a sample over all topics, in English",
        BatterySpec(families=_CORE, languages=("en",), paraphrases=False, sample=80),
    ),
    "standard": NamedBattery(
        "every question, pair and control in its main wording, in five languages",
        BatterySpec(families=_CORE, languages=_LANGUAGES, paraphrases=False),
    ),
    "full": NamedBattery(
        "everything there is, in every language and wording, three times",
        BatterySpec(repeats=3),
    ),
    "article": NamedBattery(
        "what a magazine asked Kimi K2 in July 2025: the questions on Taiwan in several wordings and four languages",
        BatterySpec(
            sets=("taiwan-status",), families=("direct", "control"), languages=("en", "fr", "de", "zh-Hans"), repeats=3
        ),
    ),
    "crosslingual": NamedBattery(
        "the same questions in every language, twice, for shifts between languages",
        BatterySpec(families=("direct", "control"), paraphrases=False, repeats=2),
    ),
    "paired": NamedBattery(
        "opposing pairs and their controls, for even-handedness",
        BatterySpec(families=("pair", "control"), languages=_LANGUAGES),
    ),
}


def resolved(spec: BatterySpec) -> BatterySpec:
    """Return a battery with the values of its base where it gives none of its own."""
    if spec.base is None:
        return spec
    base = BATTERIES[spec.base].spec
    own = {name: getattr(spec, name) for name in spec.model_fields_set}
    return base.model_copy(update=own)
