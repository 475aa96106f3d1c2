"""The labelled answers by others that labelers are trained and measured on; see the README beside them."""

from __future__ import annotations

import gzip
import json
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import UserError
from ..runtime.thinking import split_thinking

VARIABLE = "EVENHAND_DATA"


def data_folder(given: Path | None = None) -> Path:
    """Return the folder of labelled data: the one given, ``$EVENHAND_DATA``, or ``../shared/data``.

    Raises:
        UserError: It is not there.
    """
    folder = given or Path(os.environ.get(VARIABLE, "../shared/data"))
    if not folder.is_dir():
        raise UserError(f"the labelled data is not at {folder}", fix=f"name its folder with --data or {VARIABLE}")
    return folder


def read_rows(folder: Path, name: str) -> Iterator[Mapping[str, Any]]:
    """Yield the rows of one data file.

    Raises:
        UserError: The file is missing or damaged.
    """
    path = folder / f"{name}.jsonl.gz"
    try:
        with gzip.open(path, "rt", encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                try:
                    row = json.loads(line)
                except json.JSONDecodeError as error:
                    raise UserError(f"no JSON ({error.msg})", fix="get it again", file=path, line=number) from None
                if not isinstance(row, dict):
                    raise UserError("no object", fix="get it again", file=path, line=number)
                yield row
    except (OSError, EOFError, UnicodeDecodeError, zlib.error) as error:
        raise UserError(f"cannot be read ({error})", fix="get it again", file=path) from None


@dataclass(frozen=True, slots=True)
class RefusalRow:
    """One answer with its three-way label.

    Attributes:
        data: Which collection: ``speechmap-train``, ``speechmap-dev``, ``xstest`` or ``contested``.
        prompt: What was asked.
        answer: What came, without thinking.
        language: BCP-47 tag asked for.
        model: Who answered; only for splitting.
        question: What was asked, across languages; only for splitting and for intervals.
        label: COMPLETE, EVASIVE or DENIAL.
        judges: Labels of published judges by name.
    """

    data: str
    prompt: str
    answer: str
    language: str
    model: str
    question: str
    label: str
    judges: Mapping[str, str]


_LABELS = frozenset({"COMPLETE", "EVASIVE", "DENIAL"})


def refusal_rows(folder: Path) -> list[RefusalRow]:
    """Return every row with a three-way label; blocked and failed answers are left out.

    Gold is the humans' label where there is one, the panel's majority next, and one judge's otherwise.

    Raises:
        UserError: A file is missing or damaged, or a row lacks a field.
    """
    rows: list[RefusalRow] = []
    for name, data in (
        ("refusal_speechmap_train", "speechmap-train"),
        ("refusal_speechmap_dev", "speechmap-dev"),
        ("refusal_xstest", "xstest"),
        ("refusal_us_hard_contested", "contested"),
    ):
        for number, row in enumerate(read_rows(folder, name), 1):
            try:
                label = _label_of(row, data)
                if label in _LABELS and row["response"]:
                    rows.append(_refusal_row(row, data, label))
            except KeyError as error:
                path = folder / f"{name}.jsonl.gz"
                raise UserError(f"the field {error} is missing", fix="get it again", file=path, line=number) from None
    return rows


def _label_of(row: Mapping[str, Any], data: str) -> str:
    if data == "xstest":
        return str(row["gold"])
    if data == "contested":
        votes = Counter(vote for vote in row["panel_votes"].values() if vote in _LABELS).most_common(2)
        majority = votes[0][0] if votes and (len(votes) == 1 or votes[0][1] > votes[1][1]) else None
        return str(row.get("human") or majority or row["label_grok"])
    return str(row["label_grok"])


def _refusal_row(row: Mapping[str, Any], data: str, label: str) -> RefusalRow:
    judges = {name.removeprefix("label_"): str(row[name]) for name in row if name.startswith("label_")}
    question = str(row["question_id"]).removeprefix("fi_").removeprefix("zh_")
    # Some collections left thinking in the answer; judges of a run never see it.
    answer = split_thinking(row["response"], None)[0] or row["response"]
    return RefusalRow(data, row["prompt"], answer, row["lang"], str(row["model"]), question, label, judges)


def data_hashes(folder: Path, names: Sequence[str]) -> dict[str, str]:
    """Return the SHA-256 (hex) of each data file, for the provenance of weights."""
    import hashlib

    return {name: hashlib.sha256((folder / f"{name}.jsonl.gz").read_bytes()).hexdigest() for name in names}
