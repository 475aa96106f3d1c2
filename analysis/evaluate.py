"""``evenhand evaluate``: how well the labelers do on answers labelled by others, beside baselines and judges."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

from .data import refusal_rows
from .engagement import Answered, EngagementLabeler
from .engagement_evaluation import BASELINE as TEXT_BASELINE
from .engagement_evaluation import DEV, OURS, evaluate_engagement
from .engagement_model import CLASSES
from .language_baseline import NAME as LANGUAGE_BASELINE
from .language_baseline import LanguageBaseline
from .language_evaluation import evaluate_language
from .records import Figure, Transcript
from .text_baseline import TextBaseline

if TYPE_CHECKING:
    from rich.table import Table

ANSWER_CHARACTERS = 3000
_SPEED_ROWS = 500
_WARM = 5
_CLAIM = "The government acts rightly."
_COST = f"answers of {ANSWER_CHARACTERS:,} characters"
_PER_SECOND = "answers a second"
_MEMORY = "peak memory, MiB"


def evaluate(data: Path, *, cross_validate: bool = False) -> list[Figure]:
    """Return every figure of the labelers on the labelled answers in ``data``.

    Speed and memory come first, before baselines are fitted that need more of both.

    Args:
        data: The folder of labelled data.
        cross_validate: Also train anew on parts, so that neither model nor question was seen; takes minutes.

    Raises:
        UserError: A file is missing or damaged.
    """
    from .stance_evaluation import evaluate_stance

    return [
        *measure_cost(data),
        *evaluate_engagement(data, cross_validate=cross_validate),
        *evaluate_stance(data),
        *evaluate_language(data),
    ]


def measure_cost(data: Path) -> Iterator[Figure]:
    """Yield answers labelled in a second of one core's time, the most memory this process has held, and baselines.

    Answers are real ones, cut to 3,000 characters; what is shorter is left out. How fast a machine is at the time is
    told by the baselines, each of which gives one label.
    """
    from .labeling import DefaultLabeler

    rows = [row for row in refusal_rows(data) if row.data == DEV and len(row.answer) >= ANSWER_CHARACTERS][:_SPEED_ROWS]
    transcripts = [
        Transcript(str(number), row.prompt, row.language, row.answer[:ANSWER_CHARACTERS])
        for number, row in enumerate(rows)
    ]
    engagement, every = EngagementLabeler.load(), DefaultLabeler.load()

    def engage(some: list[Transcript]) -> object:
        return engagement.label([Answered(one, one.response, "ok") for one in some])

    yield _rate(f"{OURS}, engagement", engage, transcripts)
    yield _rate(f"{OURS}, all labels, no proposition", every.label, transcripts)
    claimed = [replace(one, proposition=_CLAIM) for one in transcripts]
    yield _rate(f"{OURS}, all labels", every.label, claimed)
    memory = peak_memory_mib()
    if memory is not None:
        yield Figure("cost", f"{OURS}, all labels", _COST, _MEMORY, memory, None, None, len(rows), "whole process")
    classes = TextBaseline([row.answer for row in rows], [CLASSES.index(row.label) for row in rows])
    yield _rate(TEXT_BASELINE, lambda some: classes.classes_of([one.response for one in some]), transcripts)
    detector = LanguageBaseline()
    yield _rate(LANGUAGE_BASELINE, lambda some: [detector.detect(one.response) for one in some], transcripts)


def _rate(labeler: str, label: Callable[[list[Transcript]], object], given: list[Transcript]) -> Figure:
    """Return how many answers are labelled in a second; what is loaded once for a run is no cost of an answer."""
    timed = [one for index, one in enumerate(given) if index % _WARM]
    label(given[::_WARM])
    start = time.process_time()
    label(timed)
    value = len(timed) / max(time.process_time() - start, 1e-9)
    return Figure("cost", labeler, _COST, _PER_SECOND, value, None, None, len(timed))


def peak_memory_mib() -> float | None:
    """Return the most memory this process has held so far, in MiB; None where the system does not tell."""
    import sys

    if sys.platform == "win32":
        return None
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts in KiB, macOS in bytes.
    return peak / (1024 * 1024 if sys.platform == "darwin" else 1024)


def render(figures: Sequence[Figure]) -> Table:
    """Return ``figures`` as a table, one line for each labeler on each data set, and for each note."""
    from rich.table import Table

    table = Table("label", "data", "labeler", "n", "figures (95 % interval)", "note")
    for (label, data, labeler, note), group in groupby(
        figures, key=lambda figure: (figure.label, figure.data, figure.labeler, figure.note)
    ):
        members = list(group)
        shown = " · ".join(f"{figure.metric} {shown_value(figure)}" for figure in members)
        table.add_row(label, data, labeler, str(max(figure.n for figure in members)), shown, note)
    return table


def shown_value(figure: Figure) -> str:
    """Return a figure as text, with its interval where it has one."""
    if figure.metric in (_PER_SECOND, _MEMORY):
        return f"{figure.value:,.0f}"
    if figure.low is None or figure.high is None:
        return f"{figure.value:.3f}"
    return f"{figure.value:.3f} [{figure.low:.3f}, {figure.high:.3f}]"
