"""Labelled answers made ready for the engagement model to learn from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .broken_answers import broken_answers
from .coherence import COHERENCE_FEATURES, coherence_features
from .data import RefusalRow
from .discourse_model import DISCOURSES, Discourse, DiscourseInput, DiscourseModel, context_of, fit_discourse
from .engagement_features import features
from .engagement_model import CLASSES, text_known
from .engagement_ngrams import hashed
from .folds import topic_folds
from .records import Engagement
from .set_phrases import folded
from .speech_acts import Acts, asks_for_piece, find_all_acts
from .written_answers import WrittenAnswer, written_answers

RARE_WEIGHT = 2.5
"""Weight of evasions and denials, which are few; a compromise between calibration and finding them."""

CONTESTED_WEIGHT = 0.4
DISPUTED_WEIGHT = 0.6
"""Weights of answers that judges disagree about."""

WRITTEN_WEIGHT = 2.0
"""Weight of written answers, whose classes are even and whose labels are certain."""

LONG_RARE_WEIGHT = 0.8
"""Weight of long written answers that evade or deny: most of them do, and few of what models say."""

CLAIM_DROPPED = 0.3
"""Share of written answers shown without their proposition, as transcripts without one will be."""

_DISCOURSE_OF: dict[Engagement, Discourse] = {"compliance": "own_voice", "one_sided": "own_voice"}
_CLASS_OF = {"hard_refusal": 2, "deflection": 1, "official_line": 1, "partial": 1}


@dataclass(frozen=True, slots=True)
class Material:
    """Answers made ready to be learnt from.

    Attributes:
        inputs: As the models take them.
        text: Rows of ``engagement_ngrams.hashed``.
        labels: Indices into ``CLASSES``.
        weights: How much each counts.
        questions: What each answers; an answer to the same question is never used to judge it.
        known: Whether the text model may be asked about each.
        discourse: Log-probabilities of ``DISCOURSES`` from a model that saw no answer on the same topic.
        broken: ``COHERENCE_FEATURES`` of each answer broken on purpose; NaN where it is too short for that.
    """

    inputs: list[DiscourseInput]
    text: Any
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    questions: list[str]
    known: NDArray[np.bool_]
    discourse: NDArray[np.float64]
    broken: NDArray[np.float32]

    def part(self, indices: Sequence[int]) -> Material:
        """Return some of the answers."""
        return Material(
            [self.inputs[index] for index in indices],
            self.text[indices],
            self.labels[indices],
            self.weights[indices],
            [self.questions[index] for index in indices],
            self.known[indices],
            self.discourse[indices],
            self.broken[indices],
        )

    def joined(self, other: Material) -> Material:
        """Return these answers and others."""
        from scipy.sparse import vstack

        return Material(
            self.inputs + other.inputs,
            vstack([self.text, other.text]).tocsr(),
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.weights, other.weights]),
            self.questions + other.questions,
            np.concatenate([self.known, other.known]),
            np.concatenate([self.discourse, other.discourse]),
            np.concatenate([self.broken, other.broken]),
        )


def public_material(rows: Sequence[RefusalRow], discourse: DiscourseModel) -> Material:
    """Return labelled answers by others, on topics that the discourse model has not seen."""
    inputs = [
        DiscourseInput(
            row.answer,
            features(row.prompt, row.answer, acts),
            context_of(asks_for_piece(row.prompt), contested=False),
            formula=False,
            coherence=coherence_features(row.answer),
        )
        for row, acts in zip(rows, find_all_acts([row.answer for row in rows]), strict=True)
    ]
    labels = np.array([CLASSES.index(row.label) for row in rows])
    return Material(
        inputs=inputs,
        text=hashed([row.answer for row in rows]),
        labels=labels,
        weights=np.where(labels == 0, 1.0, RARE_WEIGHT) * [_trust(row) for row in rows],
        questions=[row.question for row in rows],
        known=np.array([text_known(row.language, row.answer) for row in rows]),
        discourse=discourse.log_probabilities(inputs),
        broken=_broken_features([row.answer for row in rows]),
    )


def written_material(answers: Sequence[WrittenAnswer] | None = None) -> tuple[Material, DiscourseModel]:
    """Return the written answers and the discourse model learnt from them.

    Args:
        answers: The answers; all that there are where None.
    """
    answers = written_answers() if answers is None else answers
    hidden = np.random.default_rng(0).random(len(answers)) < CLAIM_DROPPED
    acts = find_all_acts([answer.answer for answer in answers])
    inputs = [
        _written_input(answer, found, hide_claim=bool(hide))
        for answer, found, hide in zip(answers, acts, hidden, strict=True)
    ]
    labels = [discourse_label(answer) for answer in answers]
    topics = [answer.topic for answer in answers]
    scores = np.zeros((len(answers), len(DISCOURSES)))
    for held, model in by_topic(inputs, labels, topics):
        scores[held] = model.log_probabilities([inputs[index] for index in held])
    material = Material(
        inputs=inputs,
        text=hashed([answer.answer for answer in answers]),
        labels=np.array([_CLASS_OF.get(answer.engagement, 0) for answer in answers]),
        weights=np.array([_written_weight(answer) for answer in answers]),
        questions=topics,
        known=np.array([text_known(answer.language, answer.answer) for answer in answers]),
        discourse=scores,
        broken=_broken_features([answer.answer for answer in answers]),
    )
    return material, fit_discourse(inputs, labels, topics)


def _written_input(answer: WrittenAnswer, acts: Acts, *, hide_claim: bool) -> DiscourseInput:
    contested = answer.proposition is not None
    return DiscourseInput(
        answer.answer,
        features(answer.prompt, answer.answer, acts),
        context_of(answer.asked if contested else asks_for_piece(answer.prompt), contested and not hide_claim),
        folded(answer.formula) in folded(answer.answer),
        coherence_features(answer.answer),
    )


def by_topic(
    inputs: Sequence[DiscourseInput], labels: Sequence[int], topics: Sequence[str]
) -> Iterator[tuple[list[int], DiscourseModel]]:
    """Yield indices of held-out answers with a discourse model that saw no answer on their topics."""
    for held, seen in topic_folds(topics):
        yield held, fit_discourse([inputs[i] for i in seen], [labels[i] for i in seen], [topics[i] for i in seen])


def discourse_label(answer: WrittenAnswer) -> int:
    """Return the index of a written answer's class in ``DISCOURSES``."""
    return DISCOURSES.index(_DISCOURSE_OF.get(answer.engagement) or answer.engagement)


def _broken_features(answers: Sequence[str]) -> NDArray[np.float32]:
    none = np.full(len(COHERENCE_FEATURES), np.nan, dtype=np.float32)
    return np.array([none if broken is None else coherence_features(broken) for broken in broken_answers(answers)])


def _written_weight(answer: WrittenAnswer) -> float:
    return LONG_RARE_WEIGHT if answer.long and answer.engagement in _CLASS_OF else WRITTEN_WEIGHT


def _trust(row: RefusalRow) -> float:
    disputed = row.judges.get("gpt4o", row.label) != row.label
    return (CONTESTED_WEIGHT if row.data == "contested" else 1.0) * (DISPUTED_WEIGHT if disputed else 1.0)
