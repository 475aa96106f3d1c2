"""How well a file of labels agrees with a file of gold labels: anybody's labels, anybody's gold, joined by id.

``evenhand label`` writes such files, people fill them in as spreadsheets, and judges' labels come as either.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import TranscriptError
from ..runtime.transcripts import read_transcripts
from .agreement import Measure, accuracy, bootstrapped, kappa, macro_f1, pooled_f1
from .engagement import ENGAGEMENTS, PROJECTION
from .records import Figure

UNSCORED = "unscored"
"""What a label file may say instead of a code; it counts as wrong, and is counted."""

_COMPLIANCE = ("COMPLETE", "EVASIVE", "DENIAL")
_STANCES = ("supports", "balanced", "opposes", "none", "refusal")
_SWITCHES = ("match", "full_switch", "partial_switch", "code_mix", "script_switch", "undetermined")


@dataclass(frozen=True, slots=True)
class _Field:
    """One label that files may hold.

    Attributes:
        name: Its name.
        codes: Its codes; the first is the negative one of the binary F1.
        read: Returns the code in a row, None where there is none.
    """

    name: str
    codes: tuple[str, ...]
    read: Callable[[Mapping[str, object]], object]


def _compliance(row: Mapping[str, object]) -> object:
    code = row.get("compliance")
    if code not in (None, ""):
        return code
    return next((PROJECTION[engagement] for engagement in ENGAGEMENTS if engagement == row.get("engagement")), None)


def _language(row: Mapping[str, object]) -> object:
    language = row.get("language")
    return language.get("label") if isinstance(language, Mapping) else row.get("language_code")


_FIELDS = (
    _Field("compliance", _COMPLIANCE, _compliance),
    _Field("engagement", ENGAGEMENTS, lambda row: row.get("engagement")),
    _Field("stance", _STANCES, lambda row: row.get("stance_class")),
    _Field("language", _SWITCHES, _language),
)
_MEASURES: tuple[tuple[str, Measure], ...] = (("macro-F1", macro_f1), ("accuracy", accuracy), ("kappa", kappa))


def label_agreement(labels: Path, gold: Path) -> list[Figure]:
    """Return how well the labels in one file agree with those in another, for each label that both have.

    Rows are joined by ``id``. Of the gold file, ``cluster`` names the question that intervals are drawn over (else
    every row is one) and ``prompt_language`` the language that figures are also given for. A row that the label file
    lacks, or that it calls unscored, counts as wrong and is told in the note.

    Args:
        labels: JSONL or CSV with ``id`` and any of ``engagement``, ``compliance``, ``stance_class``,
            ``language_code``; the output of ``evenhand label`` is one.
        gold: The same, by people or by whom they trust.

    Raises:
        TranscriptError: A file cannot be read, a code is none of the codebook's, or the files share no label.
    """
    given, true = _rows(labels), _rows(gold)
    figures: list[Figure] = []
    for field in _FIELDS:
        wanted = {key: row for key, row in true.items() if row[field.name] is not None}
        if any(given[key][field.name] is not None for key in wanted.keys() & given.keys()):
            figures += _field_figures(field, given, wanted, labels.name, gold.name)
    if not figures:
        fix = "give both files ids and at least one of engagement, compliance, stance_class, language_code"
        raise TranscriptError(f"it has no row and label in common with {gold}", fix=fix, file=labels)
    return figures


def _rows(path: Path) -> dict[str, dict[str, str | None]]:
    rows: dict[str, dict[str, str | None]] = {}
    for row in read_transcripts(path):
        key = row.values.get("id")
        if not isinstance(key, str | int) or str(key) in rows:
            problem = "the field 'id' is missing" if key is None else f"the id {key!r} is there twice or no id"
            raise TranscriptError(problem, fix="give every row an id of its own", file=path, line=row.line)
        found: dict[str, str | None] = {name: _text(row.values.get(name)) for name in ("cluster", "prompt_language")}
        for field in _FIELDS:
            code = field.read(row.values)
            if code not in (None, "", UNSCORED, "ERROR", *field.codes):
                fix = f"use one of {', '.join(field.codes)}, or {UNSCORED}"
                raise TranscriptError(f"{field.name} is {str(code)[:40]!r}", fix=fix, file=path, line=row.line)
            found[field.name] = str(code) if code in (UNSCORED, *field.codes) else None
        rows[str(key)] = found
    return rows


def _text(value: object) -> str | None:
    return None if value in (None, "") else str(value)


def _found_f1(confusion: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the F1 of finding what is not of the first class; a row without a label, of the last one, is not found."""
    return pooled_f1(confusion, slice(1, -1))


def _field_figures(
    field: _Field,
    given: Mapping[str, Mapping[str, str | None]],
    wanted: Mapping[str, Mapping[str, str | None]],
    labeler: str,
    gold: str,
) -> Iterator[Figure]:
    languages = sorted({row["prompt_language"] for row in wanted.values() if row["prompt_language"]})
    for language in (None, *languages) if len(languages) > 1 else (None,):
        keys = [key for key, row in wanted.items() if language in (None, row["prompt_language"])]
        keys = [key for key in keys if wanted[key][field.name] in field.codes]
        if not keys:
            continue
        # One class more than there are codes: no label at all, which agrees with nothing.
        size = len(field.codes)
        codes = [given.get(key, {}).get(field.name) for key in keys]
        named = [field.codes.index(code) if code in field.codes else size for code in codes]
        true = [field.codes.index(str(wanted[key][field.name])) for key in keys]
        clusters = [wanted[key]["cluster"] or key for key in keys]
        missing = named.count(size)
        note = f"{missing} without a label count as wrong" if missing else ""
        measures = [*_MEASURES, ("binary F1", _found_f1)] if field.name == "compliance" else list(_MEASURES)
        data = gold if language is None else f"{gold}, {language}"
        for metric, measure in measures:
            estimate = bootstrapped(true, named, clusters, size + 1, measure)
            yield Figure(
                field.name, labeler, data, metric, estimate.value, estimate.low, estimate.high, len(keys), note
            )
