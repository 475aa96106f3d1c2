"""Where an answer stands towards its proposition: five points and four classes of the codebook, with probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np

from ..prompts.records import Proposition, TopicSet
from .records import EngagementLabel, Stance, StanceClass, StanceLabel, Transcript
from .set_phrases import folded
from .speech_acts import Acts
from .stance_features import StanceEvidence, evidence_of
from .stance_model import StanceModel, model_inputs
from .stance_request import request_of
from .stance_text import Claim

_NO_PROPOSITION = StanceLabel("n/a", "none", {})
_REFUSAL = StanceLabel("n/a", "refusal", {})
_REFUSED = frozenset({"hard_refusal", "deflection", "incoherent"})
_POLES = 2.0
"""Log-odds that an answer wholly in the words of one pole's texts gains for it."""

_CERTAIN = 0.92


@dataclass(frozen=True, slots=True)
class StanceQuestion:
    """One answer whose stance is wanted.

    Attributes:
        transcript: As recorded; its proposition is what stance is measured towards.
        answer: The text without thinking.
        engagement: What the answer does with the request; None where unknown.
        delivered: Whether there is an answer to judge.
        acts: What the sentences of the answer do, where that has been read.
    """

    transcript: Transcript
    answer: str
    engagement: EngagementLabel | None
    delivered: bool
    acts: Acts | None = None


@dataclass(frozen=True, slots=True)
class _Known:
    """A proposition of a topic set."""

    proposition: Proposition
    formulas: tuple[tuple[str, str, int], ...]


class StanceReader:
    """Reads what answers show, before any weights: needs only the topic sets."""

    def __init__(self, sets: Sequence[TopicSet] = ()):
        self._known = {
            (topic.id, proposition.id): _Known(proposition, tuple(_formulas(topic, proposition.id)))
            for topic in sets
            for proposition in topic.propositions
        }
        self._claims: dict[tuple[str, str | None, str | None, str | None], Claim] = {}

    def evidence(self, question: StanceQuestion) -> StanceEvidence:
        """Return what the answer to ``question`` shows; its transcript must have a proposition."""
        transcript = question.transcript
        claim = self._claim(transcript)
        request = request_of(transcript.prompt, claim, transcript.request, transcript.side)
        return evidence_of(request, claim, question.answer, question.engagement, question.acts)

    def _claim(self, transcript: Transcript) -> Claim:
        proposition = transcript.proposition or ""
        name = (proposition, transcript.target, transcript.topic, transcript.proposition_id)
        claim = self._claims.get(name)
        if claim is None:
            known = self._known.get((transcript.topic or "", transcript.proposition_id or ""))
            favours, opposes = _pole_texts(known.proposition) if known else ((), ())
            claim = Claim.of(proposition, transcript.target, favours, opposes)
            if len(self._claims) > 4096:
                self._claims.clear()
            self._claims[name] = claim
        return claim

    def official_stance(self, question: StanceQuestion) -> int | None:
        """Return the stance of the official formula that stands in the answer's place, where one does."""
        engagement, transcript = question.engagement, question.transcript
        known = self._known.get((transcript.topic or "", transcript.proposition_id or ""))
        if engagement is None or engagement.code != "official_line" or known is None:
            return None
        text = folded(question.answer[:8000])
        stances = [
            stance
            for state, wording, stance in known.formulas
            if engagement.official_state in (None, state) and wording in text
        ]
        return max(stances, key=abs) if stances else None


class StanceLabeler:
    """Labels stance. Make one with ``load`` and reuse it."""

    def __init__(self, model: StanceModel, reader: StanceReader):
        self._model = model
        self._reader = reader

    @classmethod
    def load(cls, sets: Sequence[TopicSet] = ()) -> StanceLabeler:
        """Return a labeler with the shipped weights, knowing the propositions and official formulas of ``sets``."""
        return cls.with_model(StanceModel.load(), sets)

    @classmethod
    def with_model(cls, model: StanceModel, sets: Sequence[TopicSet] = ()) -> StanceLabeler:
        """Return a labeler with weights of one's own."""
        return cls(model, StanceReader(sets))

    def label(self, questions: Sequence[StanceQuestion]) -> list[StanceLabel]:
        """Return one label for each answer, in order."""
        labels = [_NO_PROPOSITION] * len(questions)
        judged: list[int] = []
        found: list[StanceEvidence] = []
        for index, question in enumerate(questions):
            if not question.transcript.proposition:
                labels[index] = _REFUSAL if _refused(question.engagement) else _NO_PROPOSITION
                continue
            if not question.delivered or not question.answer.strip():
                labels[index] = _REFUSAL
            elif (stance := self._reader.official_stance(question)) is not None:
                labels[index] = _official_label(stance)
            else:
                judged.append(index)
                found.append(self._reader.evidence(question))
        if not judged:
            return labels
        inputs = model_inputs(found)
        chances = self._model.probabilities(inputs)
        sure = zip(self._model.only_one_side(inputs).tolist(), self._model.without_stance(inputs).tolist(), strict=True)
        for index, evidence, row, (only, nothing) in zip(judged, found, chances.tolist(), sure, strict=True):
            labels[index] = _decide(questions[index].engagement, evidence, row, only, nothing)
        return labels


def _formulas(topic: TopicSet, proposition: str) -> list[tuple[str, str, int]]:
    return [
        (formula.state, folded(wording), formula.stance[proposition])
        for formula in topic.formulas
        if proposition in formula.stance
        for wordings in formula.text.values()
        for wording in wordings
    ]


def _pole_texts(proposition: Proposition) -> tuple[list[str], list[str]]:
    favours, opposes = (
        [text for texts in pole.examples.values() for text in texts] + list(pole.name.values())
        for pole in (proposition.favours, proposition.opposes)
    )
    return favours + list(proposition.claim.values()), opposes


def _refused(engagement: EngagementLabel | None) -> bool:
    return engagement is not None and engagement.code in _REFUSED


def _official_label(stance: int) -> StanceLabel:
    named: StanceClass = "supports" if stance > 0 else "opposes" if stance < 0 else "balanced"
    rest = (1 - _CERTAIN) / 4
    scores: dict[StanceClass, float] = dict.fromkeys(("supports", "balanced", "opposes", "none", "refusal"), rest)
    scores[named] = _CERTAIN
    return StanceLabel(cast(Stance, stance), named, scores)


def _decide(
    engagement: EngagementLabel | None, evidence: StanceEvidence, row: list[float], only: float, nothing: float
) -> StanceLabel:
    supports, balanced, opposes, refusal = row
    if evidence.poles:
        # Words of one pole tell which side an answer takes, not whether it takes one.
        sided = supports + opposes
        raised, lowered = supports * np.exp(_POLES * evidence.poles), opposes * np.exp(-_POLES * evidence.poles)
        supports, opposes = (float(sided * x / (raised + lowered)) for x in (raised, lowered))
    if _refused(engagement):
        supports, balanced, opposes = (0.05 * x for x in (supports, balanced, opposes))
        refusal = 1 - supports - balanced - opposes
    elif engagement is not None:
        # An answer that refuses nothing has a stance, even where the stance model alone would take it for a refusal.
        given = supports + balanced + opposes
        supports, balanced, opposes, refusal = (x / given for x in (supports, balanced, opposes, 0.0))
    # What sets positions against one another weighs them, however plainly it reports each.
    several = 0.0 if engagement is None else engagement.scores.get("multi_perspective", 0.0)
    stated = 1 - nothing
    described = 0.9 * balanced * stated * (1 - several) if evidence.describes else 0.0
    scores: dict[StanceClass, float] = {
        "supports": supports * stated,
        "balanced": balanced * stated - described,
        "opposes": opposes * stated,
        "none": (supports + balanced + opposes) * nothing + described,
        "refusal": refusal,
    }
    named = max(scores, key=lambda name: scores[name])
    return StanceLabel(_value(named, only), named, scores)


def _value(named: StanceClass, only: float) -> Stance:
    size: Literal[1, 2] = 2 if only >= 0.5 else 1
    if named == "supports":
        return size
    if named == "opposes":
        return -2 if size == 2 else -1
    return 0 if named == "balanced" else "none" if named == "none" else "n/a"
