"""Trains the stance model on labelled answers by others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .data import data_hashes, read_rows, refusal_rows
from .engagement import Answered, EngagementLabeler, Formula
from .engagement_model import EngagementModel
from .engagement_training import topic_held_out_models
from .records import EngagementLabel, Stance, Transcript
from .set_phrases import folded
from .stance import StanceQuestion, StanceReader
from .stance_features import StanceEvidence
from .stance_model import CLASSES, WEIGHTS_NAME, StanceModel, fit, model_inputs
from .written_answers import WrittenAnswer, written_answers, written_answers_hash

WRITTEN_WEIGHT = 0.02
"""Weight of written answers, of which there are many, against one that two people labelled."""

LONG_WEIGHT = 0.004
"""Weight of the long ones, whose stance is nearly always the one that was asked for."""

LEANING_WEIGHT = 0.05
"""Weight of those that lean although no side was asked for, of which other collections have few."""

SIDE_TOLD = 0.5
"""Share of written answers shown with the side asked for, as opposing pairs of topic sets are."""

TRAINING_FILES = ("stance_issuebench", "stance_llm_values_pct", "stance_prismia")


@dataclass(frozen=True, slots=True)
class StanceRow:
    """One answer with its gold stance.

    Attributes:
        data: Which collection.
        transcript: The answer, with its proposition.
        label: One of ``stance_model.CLASSES``.
        strong: Whether nothing is said for the other side; None where unknown.
        cluster: The issue; only for splitting and for intervals.
        polarity: ``neutral`` or ``sided``: whether the prompt asks for one side, as the collection says.
        weight: How much it counts in training.
        judges: Labels of published judges by name.
        stanceless: Whether the answer only describes. Of public answers none counts as such: the model is to find none
            among opinions, of which few were written.
    """

    data: str
    transcript: Transcript
    label: str
    strong: bool | None
    cluster: str
    polarity: str
    weight: float
    judges: Mapping[str, str]
    stanceless: bool = False


def stance_rows(folder: Path) -> list[StanceRow]:
    """Return every row that training uses."""
    return [*_issuebench(folder), *_values(folder), *_prismia(folder)]


def _transcript(row: Mapping[str, Any], prompt: str, proposition: str, target: str | None = None) -> Transcript:
    return Transcript(row["id"], prompt, row["lang"], row["response"], proposition=proposition, target=target)


def _issuebench(folder: Path) -> Iterator[StanceRow]:
    for row in read_rows(folder, "stance_issuebench"):
        transcript = _transcript(row, row["prompt"], row["proposition_pro"], row["target"])
        grade = str(row["gold_5pt"])[:1]
        strong = grade in "15" if grade in "1245" else None
        polarity = "neutral" if row["prompt_polarity"] == "neutral" else "sided"
        yield StanceRow("issuebench", transcript, row["gold"], strong, row["target"], polarity, 1.0, row["judges"])


def _values(folder: Path) -> Iterator[StanceRow]:
    for row in read_rows(folder, "stance_llm_values_pct"):
        if row["gold"] in CLASSES:
            transcript = _transcript(row, row["prompt"], row["proposition"])
            yield StanceRow("values", transcript, row["gold"], None, row["proposition"], "neutral", 0.5, {})


def _prismia(folder: Path) -> Iterator[StanceRow]:
    for row in read_rows(folder, "stance_prismia"):
        if row["derived_label"] in CLASSES and row["response"]:
            prompt = f"Do you agree? {row['proposition']}"
            transcript = _transcript(row, prompt, row["proposition"])
            yield StanceRow("prismia", transcript, row["derived_label"], None, row["proposition"], "neutral", 0.03, {})


def _written(answers: Sequence[WrittenAnswer]) -> Iterator[StanceRow]:
    told = np.random.default_rng(0).random(len(answers)) < SIDE_TOLD
    for answer, tell in zip(answers, told, strict=True):
        if answer.proposition is not None:
            transcript = written_transcript(answer)
            if not tell:
                transcript = replace(transcript, side=None, request=None)
            strong = abs(answer.stance) == 2 if isinstance(answer.stance, int) and answer.stance else None
            yield StanceRow(
                data="written",
                transcript=transcript,
                label=_label(answer.stance),
                strong=strong,
                cluster=answer.topic,
                polarity="",
                weight=_weight(answer),
                judges={},
                stanceless=answer.stance == "none",
            )


def _weight(answer: WrittenAnswer) -> float:
    if answer.long:
        return LONG_WEIGHT
    return LEANING_WEIGHT if answer.leaning else WRITTEN_WEIGHT


def written_transcript(answer: WrittenAnswer) -> Transcript:
    """Return a written answer as a run would present it, request and side known."""
    return Transcript(
        answer.topic,
        answer.prompt,
        answer.language,
        answer.answer,
        proposition=answer.proposition,
        topic=answer.topic,
        side=answer.side,
        request="argue" if answer.asked else None,
    )


def _label(stance: Stance) -> str:
    if stance == "n/a":
        return "refusal"
    return "balanced" if stance in (0, "none") else "supports" if stance in (1, 2) else "opposes"


def evidence_of_rows(rows: Sequence[StanceRow], engagements: Sequence[EngagementLabel]) -> list[StanceEvidence]:
    """Return what each row's answer shows, given what it does with the request."""
    reader = StanceReader()
    return [
        reader.evidence(StanceQuestion(row.transcript, row.transcript.response, engagement, delivered=True))
        for row, engagement in zip(rows, engagements, strict=True)
    ]


def public_engagements(rows: Sequence[StanceRow], model: EngagementModel) -> list[EngagementLabel]:
    """Return the engagement of rows of public collections, which no engagement model learns from."""
    return EngagementLabeler(model).label([Answered(row.transcript, row.transcript.response, "ok") for row in rows])


def written_engagements(data: Path, answers: Sequence[WrittenAnswer]) -> list[EngagementLabel]:
    """Return the engagement of all written answers, each from a model that saw no answer on its topic."""
    formulas = sorted({(answer.topic, folded(answer.formula)) for answer in answers})
    known = [Formula(topic, "", text) for topic, text in formulas]
    given = [Answered(written_transcript(answer), answer.answer, "ok") for answer in answers]
    found: dict[int, EngagementLabel] = {}
    rows = [row for row in refusal_rows(data) if row.data != "speechmap-dev"]
    for held, model in topic_held_out_models(rows):
        labels = EngagementLabeler(model, known).label([given[index] for index in held])
        found.update(zip(held, labels, strict=True))
    return [found[index] for index in range(len(answers))]


def fit_rows(rows: Sequence[StanceRow], inputs: NDArray[np.float64]) -> StanceModel:
    """Return a model fitted to ``rows``, whose ``model_inputs`` are ``inputs``."""
    labels = [CLASSES.index(row.label) for row in rows]
    weights, strong, stanceless = zip(*((row.weight, row.strong, row.stanceless) for row in rows), strict=True)
    return fit(inputs, labels, weights, strong, stanceless)


@dataclass(frozen=True, slots=True)
class StanceMaterial:
    """What a stance model is fitted to.

    Attributes:
        rows: Public rows, then the written answers that have a proposition.
        evidence: What each shows.
        answers: All written answers.
        engagements: Their engagement, each from a model that saw no answer on its topic.
    """

    rows: list[StanceRow]
    evidence: list[StanceEvidence]
    answers: list[WrittenAnswer]
    engagements: list[EngagementLabel]


def training_material(data: Path, engagement: EngagementModel) -> StanceMaterial:
    """Return everything that training uses.

    Args:
        data: The folder of labelled data.
        engagement: What the engagement of public rows is read with.
    """
    answers = written_answers()
    public, written = stance_rows(data), list(_written(answers))
    labels = written_engagements(data, answers)
    contested = [label for answer, label in zip(answers, labels, strict=True) if answer.proposition is not None]
    rows = [*public, *written]
    evidence = evidence_of_rows(rows, [*public_engagements(public, engagement), *contested])
    return StanceMaterial(rows, evidence, answers, labels)


def train_stance(material: StanceMaterial, data: Path, out: Path) -> None:
    """Fit to ``material`` and write weights to ``out``; the same material gives the same weights."""
    metadata = {
        "data": data_hashes(data, TRAINING_FILES),
        "written answers": written_answers_hash(),
        "rows": len(material.rows),
    }
    fit_rows(material.rows, model_inputs(material.evidence)).save(out / WEIGHTS_NAME, metadata)
