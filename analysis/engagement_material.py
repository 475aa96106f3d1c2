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

LABELLED_LANGUAGES = frozenset({"en", "fi", "zh-Hans"})
"""Languages in which others have labelled answers."""

WRITTEN_WEIGHT = 0.25
"""Weight of written answers in these: their labels are certain, but models write few answers as short."""

ALONE_WEIGHT = 0.75
"""Weight of written answers in other languages, which have nothing else to learn from."""

LONG_WEIGHT = 1.0
"""Weight of long written answers that deliver, which evasions beside them look like."""

LONG_RARE_WEIGHT = 0.5
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
        skeletons: Rows of ``DiscourseModel.skeletons``.
        broken: ``COHERENCE_FEATURES`` of each answer broken on purpose; NaN where it is too short for that.
    """

    inputs: list[DiscourseInput]
    text: Any
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]
    questions: list[str]
    known: NDArray[np.bool_]
    discourse: NDArray[np.float64]
    skeletons: Any
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
            self.skeletons[indices],
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
            vstack([self.skeletons, other.skeletons]).tocsr(),
            np.concatenate([self.broken, other.broken]),
        )


def public_material(rows: Sequence[RefusalRow], discourse: DiscourseModel) -> Material:
    """Return labelled answers by others, on topics that the discourse model has not seen."""
    texts = [row.answer for row in rows]
    inputs = [
        DiscourseInput(
            row.answer,
            features(row.prompt, row.answer, acts),
            context_of(asks_for_piece(row.prompt), contested=False),
            formula=False,
            coherence=signs,
        )
        for row, acts, signs in zip(rows, find_all_acts(texts), coherence_features(texts), strict=True)
    ]
    labels = np.array([CLASSES.index(row.label) for row in rows])
    skeletons = discourse.skeletons(inputs)
    return Material(
        inputs=inputs,
        text=hashed(texts),
        labels=labels,
        weights=np.where(labels == 0, 1.0, RARE_WEIGHT) * [_trust(row) for row in rows],
        questions=[row.question for row in rows],
        known=np.array([text_known(row.language, row.answer) for row in rows]),
        discourse=discourse.log_probabilities(inputs, skeletons),
        skeletons=skeletons,
        broken=_broken_features(texts),
    )


def written_material(answers: Sequence[WrittenAnswer] | None = None) -> tuple[Material, DiscourseModel]:
    """Return the written answers and the discourse model learnt from them.

    Args:
        answers: The answers; all that there are where None.
    """
    answers = written_answers() if answers is None else answers
    hidden = np.random.default_rng(0).random(len(answers)) < CLAIM_DROPPED
    texts = [answer.answer for answer in answers]
    shown = zip(answers, find_all_acts(texts), coherence_features(texts), hidden, strict=True)
    inputs = [_written_input(answer, acts, signs, hide_claim=bool(hide)) for answer, acts, signs, hide in shown]
    labels = [discourse_label(answer) for answer in answers]
    topics = [answer.topic for answer in answers]
    scores = np.zeros((len(answers), len(DISCOURSES)))
    for held, model in by_topic(inputs, labels, topics):
        part = [inputs[index] for index in held]
        scores[held] = model.log_probabilities(part, model.skeletons(part))
    discourse = fit_discourse(inputs, labels, topics)
    material = Material(
        inputs=inputs,
        text=hashed(texts),
        labels=np.array([_CLASS_OF.get(answer.engagement, 0) for answer in answers]),
        weights=np.array([_written_weight(answer) for answer in answers]),
        questions=topics,
        known=np.array([text_known(answer.language, answer.answer) for answer in answers]),
        discourse=scores,
        skeletons=discourse.skeletons(inputs),
        broken=_broken_features(texts),
    )
    return material, discourse


def _written_input(
    answer: WrittenAnswer, acts: Acts, signs: NDArray[np.float32], *, hide_claim: bool
) -> DiscourseInput:
    contested = answer.proposition is not None
    return DiscourseInput(
        answer.answer,
        features(answer.prompt, answer.answer, acts),
        context_of(answer.asked if contested else asks_for_piece(answer.prompt), contested and not hide_claim),
        folded(answer.formula) in folded(answer.answer),
        signs,
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
    broken = list(broken_answers(answers))
    found = np.full((len(broken), len(COHERENCE_FEATURES)), np.nan, dtype=np.float32)
    long = [index for index, text in enumerate(broken) if text is not None]
    found[long] = coherence_features([text for text in broken if text is not None])
    return found


def _written_weight(answer: WrittenAnswer) -> float:
    if not answer.long:
        return WRITTEN_WEIGHT if answer.language in LABELLED_LANGUAGES else ALONE_WEIGHT
    return LONG_RARE_WEIGHT if answer.engagement in _CLASS_OF else LONG_WEIGHT


def _trust(row: RefusalRow) -> float:
    disputed = row.judges.get("gpt4o", row.label) != row.label
    return (CONTESTED_WEIGHT if row.data == "contested" else 1.0) * (DISPUTED_WEIGHT if disputed else 1.0)
