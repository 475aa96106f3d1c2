"""How often labels are wrong, measured on answers that were not learnt from, and what that does to a measured rate.

A rate of labels is not a rate of answers: with a chance ``q1`` of finding a code that is not there and ``q0`` of
missing one that is, a true rate ``p`` shows as ``p (1 - q0) + (1 - p) q1`` (Rogan and Gladen 1978). Both depend on what
was asked: a stance is hardly ever wrong where one side of a claim was asked for, and cannot be where there is no claim.
Nor is a labeler equally good in every language, or on a line and on a page. They are therefore measured apart by all
three, and put together again as a rate's own answers are made up. Answers that a rate leaves out as unscored are left
out here too: the errors of sure labels say nothing of the others, nor they of them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import TypeAdapter

from .engagement_features import letter_weight
from .statistics import Interval, clustered_rate

NAME = "label_error.json"
_Z95 = 1.96
Asked = Literal["any", "side", "claim", "nothing disputed"]
"""What prompts an error is that of: any; those for one side of a claim; others about a claim; those about no claim."""

ANY = "any"
"""Stands for all languages together."""

Length = Literal["any", "short", "long"]
ErrorKey = tuple[str, str, Asked, str, Length]
"""Label, code, what was asked, BCP-47 tag of the prompt or ``ANY``, and how long answers are."""

AnswerKind = tuple[Asked, str, Length]
"""What errors are measured by: what was asked, BCP-47 tag of the prompt or ``ANY``, and how long answers are."""

LONG_FROM = 500
"""Characters from which on an answer is long; those of a text with Chinese ones count as several each."""

LEAST_MEASURED = 20
"""Answers with a code, and without it, that an error has to rest on where others can stand in."""


@dataclass(frozen=True, slots=True)
class LabelError:
    """Errors of one label's code on answers by people or written for it.

    Attributes:
        label: Which label: ``engagement`` or ``stance``.
        code: Which value of it.
        asked: On which prompts.
        present: Answers that have the code.
        missed: How many of them were not given it.
        missed_low: Lower bound of the share missed, 95 %, by topic.
        missed_high: Upper bound.
        absent: Answers that have another code.
        false: How many of them were given it.
        false_low: Lower bound of their share.
        false_high: Upper bound.
        unscored: Further answers that have the code, and whose label did not count.
        unscored_below: Probability under which labels did not count; 0 where every guess did.
        language: BCP-47 tag of the prompts; ``ANY`` for all of them.
        length: Of which answers, as ``length_of`` tells them.
    """

    label: str
    code: str
    asked: Asked
    present: int
    missed: int
    missed_low: float
    missed_high: float
    absent: int
    false: int
    false_low: float
    false_high: float
    unscored: int = 0
    unscored_below: float = 0.0
    language: str = ANY
    length: Length = "any"

    @property
    def key(self) -> ErrorKey:
        """What it is the error of."""
        return self.label, self.code, self.asked, self.language, self.length

    @property
    def of_all(self) -> bool:
        """Whether it is that of all prompts in all languages, and of answers of any length."""
        return self.key[2:] == ("any", ANY, "any")


def kind_of(proposition: str | None, side: str | None, language: str, answer: str) -> AnswerKind:
    """Return what errors of the labels of ``answer`` are measured by.

    Args:
        proposition: What the prompt is about; None where it disputes nothing.
        side: Which side of it the prompt asks for, if any.
        language: BCP-47 tag of the prompt.
        answer: The answer, without its thinking text.
    """
    return asked_of(proposition, side), language, length_of(answer)


def length_of(answer: str) -> Length:
    """Return whether an answer, without its thinking text, is short or long."""
    return "short" if len(answer) * letter_weight(answer) < LONG_FROM else "long"


def asked_of(proposition: str | None, side: str | None) -> Asked:
    """Return what a prompt asked for that is about ``proposition`` and asks for ``side`` of it."""
    return "nothing disputed" if proposition is None else "claim" if side is None else "side"


def measured_error(
    label: str, code: str, truth: Sequence[str], given: Sequence[str], topics: Sequence[str], asked: Asked = "any"
) -> LabelError:
    """Return the errors of one code.

    Args:
        label: Which label.
        code: Which value of it.
        truth: What each answer has.
        given: What each was labelled with.
        topics: What each is about; answers on one topic are not independent.
        asked: On which prompts these are.
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
        asked,
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
    """Return a share of answers with the interval of what it is on one more topic.

    Errors come in bunches: a topic or a question that the labeler misreads, it misreads again. What an audit asks about
    is one more topic, so that the interval is the prediction interval of a random-effects model (Higgins, Thompson and
    Spiegelhalter 2009): the uncertainty of the mean and the spread between topics beyond chance, added as variances.
    """
    counts: dict[str, list[int]] = {}
    for event, topic in zip(events, (name for name, take in zip(topics, chosen, strict=True) if take), strict=True):
        count = counts.setdefault(topic, [0, 0])
        count[0] += event
        count[1] += 1
    if not counts:
        # What was never there was never missed, and no interval says how often it would be.
        return Interval(0.0, 0.0, 0.0, "no answers")
    hits, trials = (np.array([count[place] for count in counts.values()], dtype=float) for place in (0, 1))
    mean = clustered_rate(hits, trials)
    spread = _Z95 * between_topics(hits, trials)
    low = mean.value - math.hypot(mean.value - mean.low, spread)
    high = mean.value + math.hypot(mean.high - mean.value, spread)
    return Interval(mean.value, max(0.0, low), min(1.0, high), f"{mean.method}, for one more topic")


def between_topics(hits: NDArray[np.float64], trials: NDArray[np.float64]) -> float:
    """Return the standard deviation of a rate between topics that chance does not explain (analysis of variance).

    Args:
        hits: Events of each topic.
        trials: Answers on each topic, more than 0.
    """
    total = trials.sum()
    pooled = hits.sum() / total
    observed = float((trials * (hits / trials - pooled) ** 2).sum())
    by_chance = (len(trials) - 1) * pooled * (1 - pooled)
    effective = total - (trials**2).sum() / total
    return math.sqrt(max(0.0, observed - by_chance) / effective) if effective > 0 else 0.0


def corrected(rate: Interval, errors: Sequence[tuple[int, LabelError]]) -> Interval:
    """Return the interval of the true rate behind a measured one, for any error rate within its own interval.

    The bounds are those of the measured rate, each corrected with the error rates that move it furthest out. Where the
    labels tell nothing of the code, the interval is from 0 to 1.

    Args:
        rate: Share of answers with the label.
        errors: For each kind of prompt among them, the number of answers and the label's error there.
    """
    # Which answers have the code is not known; those that have it are taken to be spread over the prompts that it came
    # with when it was measured, those that have it not over all.
    having = [(count, error) for count, error in errors if error.present]
    missed_low = _mean([(count, error.missed_low) for count, error in having])
    missed_high = _mean([(count, error.missed_high) for count, error in having])
    false_low = _mean([(count, error.false_low) for count, error in errors])
    false_high = _mean([(count, error.false_high) for count, error in errors])
    low = _true_rate(rate.low, missed_low, false_high)
    high = _true_rate(rate.high, missed_high, false_low)
    return Interval(rate.value, low, high, f"{rate.method}, corrected for label error")


def _mean(weighted: Sequence[tuple[int, float]]) -> float:
    total = sum(count for count, _ in weighted)
    return sum(count * value for count, value in weighted) / total if total else 0.0


def _true_rate(measured: float, missed: float, false: float) -> float:
    if missed + false >= 1:
        return 0.0 if measured <= false else 1.0
    return min(1.0, max(0.0, (measured - false) / (1 - missed - false)))


def write_errors(errors: Iterable[LabelError], folder: Path) -> None:
    """Write errors to ``folder``, beside the weights they are those of."""
    rows = ",\n".join(json.dumps(asdict(error)) for error in errors)
    (folder / NAME).write_text(f"[\n{rows}\n]\n", encoding="utf-8")


def shipped_errors() -> Mapping[ErrorKey, LabelError]:
    """Return the measured errors of the shipped weights."""
    text = (files(__package__) / "weights" / NAME).read_text(encoding="utf-8")
    return {error.key: error for error in TypeAdapter(list[LabelError]).validate_json(text)}


def error_of(
    errors: Mapping[ErrorKey, LabelError], label: str, code: str, asked: Asked, tag: str, length: Length
) -> LabelError | None:
    """Return a code's error on answers of one length in one language; None where it was never measured.

    Where it rests on few answers in the language, answers of the same length in all languages stand in, and where these
    are few as well, answers of any length. Where all are few, it is the error of just these answers all the same.
    """
    kinds: tuple[tuple[str, Length], ...] = ((tag, length), (ANY, length), (tag, "any"), (ANY, "any"))
    found = [error for kind in kinds if (error := errors.get((label, code, asked, *kind))) is not None]
    measured = (error for error in found if min(error.present, error.absent) >= LEAST_MEASURED)
    return next(measured, found[0] if found else None)
