"""Cards of the stance and the language labeler, and the families of signs that an ablation leaves out."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import as_file, files
from itertools import chain
from pathlib import Path

import pytest

from evenhand.analysis.ablation import ENGAGEMENT_FAMILIES, STANCE_FAMILIES, columns
from evenhand.analysis.data import data_folder
from evenhand.analysis.engagement_model import STACKED_NAMES, WEIGHTS_NAME, EngagementModel
from evenhand.analysis.held_out import HeldOutLabel, label_errors
from evenhand.analysis.label_error import LabelError
from evenhand.analysis.language_card import write_language_card
from evenhand.analysis.model_cards import figures_table, weights_line
from evenhand.analysis.records import Figure
from evenhand.analysis.stance import StanceLabeler, StanceQuestion
from evenhand.analysis.stance_card import write_stance_card
from evenhand.analysis.stance_model import INPUT_NAMES
from evenhand.analysis.stance_model import WEIGHTS_NAME as STANCE_WEIGHTS
from evenhand.analysis.stance_training import (
    StanceMaterial,
    evidence_of_rows,
    public_engagements,
    stance_rows,
    train_stance,
    written_transcript,
)
from evenhand.analysis.written_answers import written_answers, written_answers_hash

Families = Mapping[str, tuple[str, ...]]


@pytest.mark.parametrize(
    ("names", "families"),
    [(STACKED_NAMES, ENGAGEMENT_FAMILIES), (INPUT_NAMES, STANCE_FAMILIES)],
    ids=["engagement", "stance"],
)
def test_every_family_has_columns_and_shares_none(names: tuple[str, ...], families: Families) -> None:
    found = {family: columns(names, beginnings) for family, beginnings in families.items()}
    assert all(found.values())
    every = list(chain.from_iterable(found.values()))
    assert len(every) == len(set(every))


def test_figures_stand_in_one_line_for_each_labeler_and_gaps_are_marked() -> None:
    figures = [
        Figure("stance", "ours", "a", "macro-F1", 0.5, 0.4, 0.6, 9),
        Figure("stance", "ours", "a", "accuracy", 0.7, None, None, 9),
        Figure("stance", "theirs", "a", "accuracy", 0.25, None, None, 8),
    ]
    assert list(figures_table(figures))[1:] == [
        "| a | ours | 9 | 0.500 [0.400, 0.600] | 0.700 |",
        "| a | theirs | 8 | – | 0.250 |",
    ]


@pytest.mark.parametrize("name", ["engagement", "stance"])
def test_the_shipped_cards_are_those_of_the_shipped_weights_and_answers(name: str) -> None:
    with as_file(files("evenhand.analysis") / "weights") as folder:
        card = (folder / f"{name}.md").read_text(encoding="utf-8")
        assert weights_line(folder / f"{name}.safetensors") in card
    assert written_answers_hash() in card


@pytest.mark.data
@pytest.mark.slow
def test_the_stance_card_names_data_languages_calibration_and_failures(tmp_path: Path) -> None:
    public = [row for row in stance_rows(data_folder()) if row.data != "prismia"]
    answers = [answer for answer in written_answers() if answer.topic in ("rent-control", "wealth-tax")]
    labels = public_engagements(public, EngagementModel.load())
    material = StanceMaterial(public, evidence_of_rows(public, labels), answers, [])
    train_stance(material, data_folder(), tmp_path)
    questions = [StanceQuestion(written_transcript(one), one.answer, None, delivered=True) for one in answers]
    stances = StanceLabeler.load().label(questions)
    held = [HeldOutLabel(one, labels[0], stance) for one, stance in zip(answers, stances, strict=True)]
    errors: list[LabelError] = list(label_errors(held))
    card = write_stance_card(material, held, errors, data_folder(), tmp_path).read_text(encoding="utf-8")
    assert weights_line(tmp_path / STANCE_WEIGHTS) in card
    for part in (
        "stance_issuebench",
        "CC-BY-4.0",
        "| IssueBench, neutral prompts | what the prompt asks for | 63 |",
        "| opposes |",
        "expected calibration error",
        "Known failures",
    ):
        assert part in card


@pytest.mark.data
def test_the_language_card_names_languages_rates_and_failures(tmp_path: Path) -> None:
    card = write_language_card(data_folder(), tmp_path).read_text(encoding="utf-8")
    for part in ("lang_udhr", "UDHR, 40 characters, zh-Hant", "langdetect", "false alarms", "Known failures"):
        assert part in card
    assert WEIGHTS_NAME not in card
