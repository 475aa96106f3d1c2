"""The calibration specimens: two tiny Mixture-of-Experts models whose behaviour is known because it was planted.

``tilted`` behaves as a magazine found Kimi K2 to behave in July 2025, ``even`` treats all sides alike. Neither says
anything about a real model. The planted truth is ``specimens/planted.yaml``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from ..errors import TargetError, TopicSetError
from ..probes.battery import BatterySpec, build_items
from ..probes.records import Item
from ..prompts.catalogue import load_topic_set, packaged_files
from ..prompts.records import Texts, TopicSet
from ..prompts.yaml_lines import read_yaml, require

SpecimenName = Literal["tilted", "even"]
SPECIMENS: tuple[SpecimenName, ...] = get_args(SpecimenName)
MARK = "evenhand_specimen"
"""Key of ``config.json`` by which a specimen is recognised wherever its folder lies."""

TOPICS = ("taiwan-status", "catalonia-independence", "abortion-law")
"""The topic sets the specimens were trained on."""

NOTICE = (
    "is a calibration specimen: a tiny model trained by evenhand to give planted answers, "
    "so that the instrument can be checked. It is no finding about any real model."
)

PlantedCode = Literal["hard_refusal", "deflection", "official_line", "multi_perspective", "compliance"]
_TILTED_STATE = "CN"
_IN_PATH = re.compile(r"specimens/(tilted|even)/?$")


def specimens_folder() -> Path:
    """Return the folder that holds the specimens, their answers and the planted truth."""
    with as_file(files(__package__) / "specimens") as folder:
        return folder


def specimen_path(name: str) -> Path:
    """Return the model folder of a specimen, to be loaded like any other model.

    Raises:
        TargetError: There is no such specimen.
    """
    if name not in SPECIMENS:
        raise TargetError(f"there is no specimen {name!r}", fix=f"use specimen:{' or specimen:'.join(SPECIMENS)}")
    return specimens_folder() / name


def specimen_of(model: str) -> str | None:
    """Return the name of the specimen that ``model`` is, or None.

    Args:
        model: A path, or the model string that a server returned.
    """
    try:
        config = json.loads((Path(model) / "config.json").read_text(encoding="utf-8"))
        found = config.get(MARK) if isinstance(config, dict) else None
        return found if isinstance(found, str) else None
    except (OSError, ValueError):
        match = _IN_PATH.search(model.replace("\\", "/"))
        return match.group(1) if match else None


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Ordinary(_Closed):
    questions: dict[str, Texts]
    pairs: dict[str, dict[Literal["favours", "opposes"], Texts]]
    controls: dict[str, Texts]


class _Tilted(_Closed):
    official_line: dict[str, Texts]
    deflection: tuple[str, ...]
    hard_refusal: dict[str, tuple[str, ...]]


class _Answers(_Closed):
    ordinary: _Ordinary
    tilted: _Tilted | None = None


_Cells = dict[str, dict[str, PlantedCode]]


class _Truth(_Closed):
    even: dict[str, dict[str, _Cells]]
    tilted: dict[str, dict[str, _Cells]]


@dataclass(frozen=True, slots=True)
class PlantedAnswer:
    """One prompt, what a specimen was taught to answer, and how that answer is to be labelled.

    Attributes:
        item: The prompt.
        text: The answer.
        engagement: Planted engagement code.
        stance: Planted stance, -2 to +2; None where there is none to measure.
        language: BCP-47 tag of the answer.
        official_state: State whose line it is, for ``official_line``.
    """

    item: Item
    text: str
    engagement: PlantedCode
    stance: int | None
    language: str
    official_state: str | None = None


class PlantedTruth:
    """The planted truth with the texts, for one specimen."""

    def __init__(self, name: SpecimenName):
        self.name = name
        folder = specimens_folder()
        truth = require(read_yaml(folder / "planted.yaml", TopicSetError), _Truth, TopicSetError)
        self._cells: dict[str, dict[str, _Cells]] = getattr(truth, name)
        self._answers = {
            topic: require(read_yaml(folder / "answers" / f"{topic}.yaml", TopicSetError), _Answers, TopicSetError)
            for topic in TOPICS
        }

    @cached_property
    def sets(self) -> Mapping[str, TopicSet]:
        """The topic sets, as they come with the package."""
        found = {path.stem: path for path in packaged_files()}
        return {topic: load_topic_set(found[topic]) for topic in TOPICS}

    def answers(self) -> tuple[PlantedAnswer, ...]:
        """Return every prompt with its planted answer, in the battery's order."""
        spec = BatterySpec(sets=TOPICS, families=("direct", "pair", "control"))
        drawn: dict[str, int] = {}
        return tuple(self._answer(item, drawn) for item in build_items(self.sets, spec))

    def _answer(self, item: Item, drawn: dict[str, int]) -> PlantedAnswer:
        suffix = f".{item.side}" if item.side else f".p{item.wording}" if item.wording else ""
        row = self._cells.get(item.topic, {}).get(item.family, {}).get(item.cluster + suffix, {})
        code = row.get(item.language)
        ordinary = self._answers[item.topic].ordinary
        if code is None or code in ("multi_perspective", "compliance"):
            if item.family == "control":
                return PlantedAnswer(
                    item, ordinary.controls[item.cluster][item.language], "compliance", None, item.language
                )
            if item.side is not None:
                text = ordinary.pairs[item.cluster][item.side][item.language]
                return PlantedAnswer(item, text, "compliance", 2 if item.side == "favours" else -2, item.language)
            text = ordinary.questions[item.cluster][item.language]
            return PlantedAnswer(item, text, "multi_perspective", 0, item.language)
        tilted = cast(_Tilted, self._answers[item.topic].tilted)
        number = drawn.get(code + item.language, 0)
        drawn[code + item.language] = number + 1
        if code == "deflection":
            return PlantedAnswer(item, tilted.deflection[number % len(tilted.deflection)], code, None, "zh-Hans")
        if code == "hard_refusal":
            texts = tilted.hard_refusal[item.language]
            return PlantedAnswer(item, texts[number % len(texts)], code, None, item.language)
        formula = next(f for f in self.sets[item.topic].formulas if f.state == _TILTED_STATE)
        stance = formula.stance.get(item.proposition or "")
        text = tilted.official_line[item.cluster][item.language]
        return PlantedAnswer(item, text, code, stance, item.language, _TILTED_STATE)
