"""Trains the stance model on labelled answers by others."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .data import data_hashes, read_rows
from .records import Transcript
from .stance import StanceQuestion, StanceReader
from .stance_features import StanceEvidence
from .stance_model import CLASSES, WEIGHTS_NAME, StanceModel, fit, model_inputs

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
    """

    data: str
    transcript: Transcript
    label: str
    strong: bool | None
    cluster: str
    polarity: str
    weight: float
    judges: Mapping[str, str]


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


def evidence_of_rows(rows: Sequence[StanceRow]) -> list[StanceEvidence]:
    """Return what each row's answer shows."""
    reader = StanceReader()
    return [reader.evidence(StanceQuestion(row.transcript, row.transcript.response, None, True)) for row in rows]


def fit_rows(rows: Sequence[StanceRow], evidence: Sequence[StanceEvidence]) -> StanceModel:
    """Return a model fitted to ``rows``."""
    labels = [CLASSES.index(row.label) for row in rows]
    return fit(model_inputs(evidence), labels, [row.weight for row in rows], [row.strong for row in rows])


def train_stance(data: Path, out: Path) -> None:
    """Train on every row and write weights and a model card to ``out``; the same data gives the same weights."""
    rows = stance_rows(data)
    model = fit_rows(rows, evidence_of_rows(rows))
    metadata = {"data": json.dumps(data_hashes(data, TRAINING_FILES)), "rows": str(len(rows))}
    out.mkdir(parents=True, exist_ok=True)
    model.save(out / WEIGHTS_NAME, metadata)
