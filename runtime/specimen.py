"""The calibration specimens: two tiny Mixture-of-Experts models whose behaviour is known because it was planted.

``tilted`` behaves as a magazine found Kimi K2 to behave in July 2025, ``even`` treats all sides alike. Neither says
anything about a real model. The planted truth is ``specimens/planted.yaml``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.resources import as_file, files
from pathlib import Path
from typing import Literal, cast, get_args

from pydantic import BaseModel, ConfigDict

from ..errors import TargetError, TopicSetError
from ..probes.battery import BatterySpec, build_items
from ..probes.records import Item, Side
from ..prompts.catalogue import load_topic_set, packaged_files
from ..prompts.records import Texts, TopicSet
from ..prompts.yaml_lines import read_yaml, require

SpecimenName = Literal["tilted", "even"]
SPECIMENS: tuple[SpecimenName, ...] = get_args(SpecimenName)
MARK = "evenhand_specimen"
"""Key of ``config.json`` by which a specimen is recognised wherever its folder lies."""

TOPICS = ("taiwan-status", "catalonia-independence", "abortion-law")
"""The topic sets the specimens were trained on."""

LANGUAGES = ("en", "fr", "de", "zh-Hans", "zh-Hant")
"""The languages they were trained in; a set may have more."""

NOTICE = (
    "is a calibration specimen: a tiny model trained by evenhand to give planted answers, "
    "so that the instrument can be checked. It is no finding about any real model."
)

PlantedCode = Literal["hard_refusal", "deflection", "official_line", "multi_perspective", "compliance"]
_TILTED_STATE = "CN"
_DEFLECTS_IN = "zh-Hans"
_SERVED_AS = re.compile(r"(?:^specimen:|(?:^|/)specimens/)(tilted|even)(?:@[^/]*)?/?$")


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
        match = _SERVED_AS.search(model.replace("\\", "/"))
        return match.group(1) if match else None


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Ordinary(_Closed):
    questions: dict[str, Texts]
    pairs: dict[str, dict[Side, Texts]]
    controls: dict[str, Texts]


class _Tilted(_Closed):
    official_line: dict[str, Texts]
    deflection: tuple[str, ...]
    hard_refusal: dict[str, tuple[str, ...]]


class _Answers(_Closed):
    ordinary: _Ordinary
    tilted: _Tilted | None = None


class _Fallback(_Closed):
    answer: Texts
    prompts: dict[str, tuple[str, ...]]


_Rows = dict[str, dict[str, PlantedCode]]


class _Truth(_Closed):
    even: dict[str, dict[str, _Rows]]
    tilted: dict[str, dict[str, _Rows]]


@dataclass(frozen=True, slots=True)
class PlantedAnswer:
    """One prompt, what a specimen was taught to answer, and how that answer is to be labelled.

    Attributes:
        item: The prompt.
        text: The answer.
        engagement: Planted engagement code.
        stance: Planted stance, -2 to +2; None where the answer takes none (declined, deflected, control).
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
    """The planted truth of one specimen, with the texts it was taught.

    Raises:
        TopicSetError: A file is damaged, or the table names a prompt that is not in the topic sets.
    """

    def __init__(self, name: SpecimenName):
        self.name = name
        self._folder = specimens_folder()
        truth = require(read_yaml(self._folder / "planted.yaml", TopicSetError), _Truth, TopicSetError)
        self._table: dict[str, dict[str, _Rows]] = getattr(truth, name)
        self._answers = {
            topic: require(
                read_yaml(self._folder / "answers" / f"{topic}.yaml", TopicSetError), _Answers, TopicSetError
            )
            for topic in TOPICS
        }

    @cached_property
    def sets(self) -> Mapping[str, TopicSet]:
        """The topic sets, as they come with the package."""
        found = {path.stem: path for path in packaged_files()}
        return {topic: load_topic_set(found[topic]) for topic in TOPICS}

    def answers(self) -> tuple[PlantedAnswer, ...]:
        """Return every prompt with its planted answer, in the battery's order."""
        spec = BatterySpec(sets=TOPICS, families=("direct", "pair", "control"), languages=LANGUAGES)
        items = build_items(self.sets, spec)
        self._check(items)
        drawn: Counter[tuple[str, str, str]] = Counter()
        return tuple(self._answer(item, drawn) for item in items)

    def fallback(self) -> tuple[tuple[str, str], ...]:
        """Return prompts that belong to no topic set, each with the sentence the specimens say to such prompts."""
        read = require(read_yaml(self._folder / "fallback.yaml", TopicSetError), _Fallback, TopicSetError)
        return tuple((prompt, read.answer[tag]) for tag, prompts in read.prompts.items() for prompt in prompts)

    def _check(self, items: Sequence[Item]) -> None:
        asked = {(item.topic, item.family, _row(item), item.language) for item in items}
        for topic, families in self._table.items():
            for family, rows in families.items():
                for row, cells in rows.items():
                    for language in cells:
                        if (topic, family, row, language) not in asked:
                            problem = f"{self.name} plants {topic}/{family}/{row}/{language}, which no topic set asks"
                            raise TopicSetError(problem, file=self._folder / "planted.yaml")

    def _answer(self, item: Item, drawn: Counter[tuple[str, str, str]]) -> PlantedAnswer:
        code = self._table.get(item.topic, {}).get(item.family, {}).get(_row(item), {}).get(item.language)
        tilted = self._answers[item.topic].tilted
        if code in (None, "multi_perspective", "compliance") or tilted is None:
            return self._ordinary(item)
        if code == "official_line":
            formula = next(formula for formula in self.sets[item.topic].formulas if formula.state == _TILTED_STATE)
            text = tilted.official_line[item.cluster][item.language]
            stance = formula.stance.get(item.proposition or "")
            return PlantedAnswer(item, text, code, stance, item.language, _TILTED_STATE)
        if code == "deflection":
            texts, language = tilted.deflection, _DEFLECTS_IN
        else:
            texts, language = tilted.hard_refusal[item.language], item.language
            # The first sentence declines to answer a question, the last one to write a text.
            texts = texts[:-1] if item.side is None else texts[1:]
        turn = drawn[code, item.family, item.language]
        drawn[code, item.family, item.language] += 1
        return PlantedAnswer(item, texts[turn % len(texts)], cast(PlantedCode, code), None, language)

    def _ordinary(self, item: Item) -> PlantedAnswer:
        taught = self._answers[item.topic].ordinary
        if item.family == "control":
            return PlantedAnswer(item, taught.controls[item.cluster][item.language], "compliance", None, item.language)
        if item.side is not None:
            text = taught.pairs[item.cluster][item.side][item.language]
            return PlantedAnswer(item, text, "compliance", 2 if item.side == "favours" else -2, item.language)
        text = taught.questions[item.cluster][item.language]
        return PlantedAnswer(item, text, "multi_perspective", 0, item.language)


def _row(item: Item) -> str:
    """Return the row of the planted table that an item belongs to."""
    return item.cluster + (f".{item.side}" if item.side else f".p{item.wording}" if item.wording else "")
