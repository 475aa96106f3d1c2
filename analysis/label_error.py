"""How often labels are wrong, measured on answers that were not learnt from, and what that does to a measured rate.

A rate of labels is not a rate of answers: with a chance ``q1`` of finding a code that is not there and ``q0`` of
missing one that is, a true rate ``p`` shows as ``p (1 - q0) + (1 - p) q1`` (Rogan and Gladen 1978).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path

from pydantic import TypeAdapter

from .statistics import Interval, clustered_rate

NAME = "label_error.json"


@dataclass(frozen=True, slots=True)
class LabelError:
    """Errors of one label's code on answers by people or written for it.

    Attributes:
        label: Which label: ``engagement`` or ``stance``.
        code: Which value of it.
        present: Answers that have the code.
        missed: How many of them were not given it.
        missed_low: Lower bound of the share missed, 95 %, by topic.
        missed_high: Upper bound.
        absent: Answers that have another code.
        false: How many of them were given it.
        false_low: Lower bound of their share.
        false_high: Upper bound.
    """

    label: str
    code: str
    present: int
    missed: int
    missed_low: float
    missed_high: float
    absent: int
    false: int
    false_low: float
    false_high: float


def measured_error(
    label: str, code: str, truth: Sequence[str], given: Sequence[str], topics: Sequence[str]
) -> LabelError:
    """Return the errors of one code.

    Args:
        label: Which label.
        code: Which value of it.
        truth: What each answer has.
        given: What each was labelled with.
        topics: What each is about; answers on one topic are not independent.

    Raises:
        ValueError: No answer has the code, or all have.
    """
    has = [value == code for value in truth]
    found = [value == code for value in given]
    missed = _rate([not seen for seen, there in zip(found, has, strict=True) if there], topics, has)
    false = _rate(
        [seen for seen, there in zip(found, has, strict=True) if not there], topics, [not there for there in has]
    )
    present = sum(has)
    return LabelError(
        label,
        code,
        present,
        sum(there and not seen for seen, there in zip(found, has, strict=True)),
        missed.low,
        missed.high,
        len(has) - present,
        sum(seen and not there for seen, there in zip(found, has, strict=True)),
        false.low,
        false.high,
    )


def _rate(events: Sequence[bool], topics: Sequence[str], chosen: Sequence[bool]) -> Interval:
    counts: dict[str, list[int]] = {}
    for event, topic in zip(events, (name for name, take in zip(topics, chosen, strict=True) if take), strict=True):
        count = counts.setdefault(topic, [0, 0])
        count[0] += event
        count[1] += 1
    return clustered_rate([count[0] for count in counts.values()], [count[1] for count in counts.values()])


def corrected(rate: Interval, error: LabelError) -> Interval:
    """Return the interval of the true rate behind a measured one, for any error rate within its own interval.

    The bounds are those of the measured rate, each corrected with the error rates that move it furthest out. Where the
    labels tell nothing of the code, the interval is from 0 to 1.
    """
    low = _true_rate(rate.low, error.missed_low, error.false_high)
    high = _true_rate(rate.high, error.missed_high, error.false_low)
    return Interval(rate.value, low, high, f"{rate.method}, corrected for label error")


def _true_rate(measured: float, missed: float, false: float) -> float:
    if missed + false >= 1:
        return 0.0 if measured <= false else 1.0
    return min(1.0, max(0.0, (measured - false) / (1 - missed - false)))


def write_errors(errors: Iterable[LabelError], folder: Path) -> None:
    """Write errors to ``folder``, beside the weights they are those of."""
    rows = [asdict(error) for error in errors]
    (folder / NAME).write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


def shipped_errors() -> Mapping[tuple[str, str], LabelError]:
    """Return the measured errors of the shipped weights by label and code."""
    text = (files(__package__) / "weights" / NAME).read_text(encoding="utf-8")
    return {(error.label, error.code): error for error in TypeAdapter(list[LabelError]).validate_json(text)}
