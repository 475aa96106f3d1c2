"""Parts that the labelers' model cards share: provenance, tables of figures, calibration, errors on written answers."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path

from .agreement import Reliability, expected_calibration_error
from .data import data_hashes
from .evaluate import shown_value
from .label_error import ANY, LONG_FROM, LabelError, Length
from .records import Figure
from .written_answers import written_answers_hash


@dataclass(frozen=True, slots=True)
class Source:
    """One file of labelled data.

    Attributes:
        name: File without its ending.
        origin: Where it comes from, with the commit.
        licence: Under which licence.
    """

    name: str
    origin: str
    licence: str


def written_on() -> str:
    """Return the line that says when a card was written."""
    return f"- Written: {datetime.now(UTC):%Y-%m-%d}"


def weights_line(path: Path) -> str:
    """Return the line that tells a file of weights from every other."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    return f"- Weights: `{path.name}`, {path.stat().st_size:,} bytes, SHA-256 `{digest}`"


def data_table(data: Path, sources: Sequence[Source], *, written: bool) -> Iterator[str]:
    """Yield the table of what a labeler learnt from or is measured on.

    Args:
        data: The folder of labelled data.
        sources: Its files.
        written: Whether the written answers are among it.
    """
    yield "| file | SHA-256 | source | licence |\n|---|---|---|---|"
    hashes = data_hashes(data, [source.name for source in sources])
    for source in sources:
        yield f"| {source.name} | `{hashes[source.name]}` | {source.origin} | {source.licence} |"
    if written:
        yield f"| answers/ | `{written_answers_hash()}` | written for this; facts unchecked or invented | Apache-2.0 |"


def figures_table(figures: Sequence[Figure]) -> Iterator[str]:
    """Yield one line for each labeler on each data set, and a column for each metric, ``–`` where there is none."""
    metrics = list(dict.fromkeys(figure.metric for figure in figures))
    yield f"| data | labeler | n | {' | '.join(metrics)} |\n|---|---|---|{'---|' * len(metrics)}"
    for (data, labeler), group in groupby(figures, key=lambda figure: (figure.data, figure.labeler)):
        found = {figure.metric: figure for figure in group}
        shown = (shown_value(found[metric]) if metric in found else "–" for metric in metrics)
        yield f"| {data} | {labeler} | {max(figure.n for figure in found.values())} | {' | '.join(shown)} |"


def calibration_table(name: str, table: Sequence[Reliability]) -> Iterator[str]:
    """Yield how often labels are right that were given each probability."""
    yield f"{name}: expected calibration error {expected_calibration_error(table):.3f}\n"
    yield "| probability given | labels | mean probability | right |\n|---|---|---|---|"
    for row in table:
        yield f"| {row.low:.1f}–{row.high:.1f} | {row.n} | {row.claimed:.3f} | {row.right:.3f} |"
    yield ""


def errors_tables(errors: Sequence[LabelError], label: str) -> Iterator[str]:
    """Yield what a label gets wrong on written answers whose topics were not seen, unscored ones left out."""
    yield from _errors_table(errors, label, "any")
    parts: tuple[tuple[Length, str], ...] = (("short", "Short"), ("long", "Long"))
    for length, name in parts:
        yield f"\n{name} ones alone ({LONG_FROM} characters divide them, Chinese ones counted as several):\n"
        yield from _errors_table(errors, label, length)


def _errors_table(errors: Sequence[LabelError], label: str, length: Length) -> Iterator[str]:
    yield "| class | answers | missed (95 % interval) | others | wrongly given (95 % interval) | unscored |"
    yield "|---|---|---|---|---|---|"
    for error in errors:
        if error.key == (label, error.code, "any", ANY, length) and error.present and error.absent:
            missed = f"{error.missed / error.present:.1%} [{error.missed_low:.1%}, {error.missed_high:.1%}]"
            false = f"{error.false / error.absent:.1%} [{error.false_low:.1%}, {error.false_high:.1%}]"
            yield f"| {error.code} | {error.present:,} | {missed} | {error.absent:,} | {false} | {error.unscored:,} |"
