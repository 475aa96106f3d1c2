"""A finished audit as the sections read it: typed rows, names in order, findings by key."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

from ..analysis.result import AuditResult, TargetCard
from ..analysis.scoring import DELIVERED
from ..prompts.languages import LANGUAGES, language_name
from .outcomes import outcome_code

if TYPE_CHECKING:
    from ..analysis.records import Finding
    from ..prompts.records import Proposition, TopicSet

_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def plain_name(text: str) -> str:
    """Return a name fit for a sentence: on one line, without direction controls, isolated if not ASCII."""
    name = _BIDI.sub("", text).replace("\n", " ")
    return name if name.isascii() else f"\u2068{name}\u2069"


@dataclass(frozen=True, slots=True)
class Answer:
    """One row of ``AuditResult.answers``; fields as in ``analysis.result.ANSWER_COLUMNS``, missing values None."""

    item_id: str
    target: str
    topic: str
    family: str
    cluster: str
    language: str
    sensitive: bool
    proposition: str | None
    side: str | None
    variant: str | None
    wording: int
    repeat: int
    prompt: str
    system: str | None
    answer: str | None
    thinking: str | None
    delivery: str | None
    engagement: str | None
    engagement_guess: str | None
    engagement_probability: float | None
    official_state: str | None
    topic_change_offer: bool | None
    stance: object
    stance_guess: object
    stance_score: float | None
    stance_probability: float | None
    response_language: str | None
    language_code: str | None
    switched_to: str | None
    spans: tuple[tuple[int, int], ...] | None
    reasoning_switch: bool | None
    reasoning_language: str | None
    finish_reason: str | None
    failure_kind: str | None
    failure_message: str | None
    block: str | None
    retracted_text: str | None
    model: str | None
    host: str | None
    started_at: str | None
    finished_at: str | None

    @property
    def outcome(self) -> str:
        """Code of what became of the question."""
        return outcome_code(self.delivery, self.engagement)

    @property
    def unscored(self) -> bool:
        """Whether an answer came of which engagement or stance is not known."""
        return self.delivery in DELIVERED and (self.engagement is None or self.stance is None)

    @property
    def sureness(self) -> float:
        """Probability of the less sure of both labels; without any, 0 where unscored and 1 elsewhere."""
        known = [p for p in (self.engagement_probability, self.stance_probability) if p is not None]
        return min(known, default=0.0 if self.unscored else 1.0)

    @property
    def anchor(self) -> str:
        """Fragment that links to this answer; the same in every report of the run."""
        return "a-" + hashlib.sha256(f"{self.target}\0{self.item_id}".encode(errors="surrogatepass")).hexdigest()[:12]


def _value(value: Any) -> Any:
    return None if value is None or value != value else value  # NaN is the only value unequal to itself


def read_answers(result: AuditResult) -> tuple[Answer, ...]:
    """Return the rows of a result's answers frame, with None for what is missing."""
    frame = result.answers
    columns = [[_value(value) for value in frame[field.name].tolist()] for field in fields(Answer)]
    return tuple(Answer(*values) for values in zip(*columns, strict=True))


@dataclass(frozen=True)
class Audit:
    """An audit result with what the sections look up in it.

    Attributes:
        result: The result.
        answers: Its rows.
    """

    result: AuditResult
    answers: tuple[Answer, ...]

    @cached_property
    def sets(self) -> Mapping[str, TopicSet]:
        """Topic sets by id."""
        return {topic_set.id: topic_set for topic_set in self.result.sets}

    @cached_property
    def topics(self) -> tuple[str, ...]:
        """Ids of the topics asked about, in the order of the sets."""
        return _ordered((row.topic for row in self.answers), self.sets)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Tags of the languages asked in, in the order of the sets."""
        known = [tag for topic_set in self.result.sets for tag in topic_set.languages]
        return _ordered((row.language for row in self.answers), known)

    @cached_property
    def targets(self) -> tuple[TargetCard, ...]:
        """The targets in the audit's order; a card is made up for a target that has answers only."""
        cards = {card.name: card for card in self.result.targets}
        names = [*cards, *(row.target for row in self.answers if row.target not in cards)]
        return tuple(cards.get(name) or TargetCard(name, "", "", "", {}) for name in dict.fromkeys(names))

    @cached_property
    def specimens(self) -> tuple[TargetCard, ...]:
        """The targets that are calibration specimens."""
        return tuple(card for card in self.targets if card.specimen is not None)

    @cached_property
    def findings(self) -> Mapping[tuple[str, str | None, str | None, str | None, str, str | None], Finding]:
        """Findings by metric, target, topic, language, role and proposition."""
        return {(f.metric, f.target, f.topic, f.language, f.role, f.proposition): f for f in self.result.findings}

    def find(
        self,
        metric: str,
        target: str,
        topic: str | None = None,
        language: str | None = None,
        role: str = "sensitive",
        proposition: str | None = None,
    ) -> Finding | None:
        """Return the finding of this scope, or None where there is none or it has no value."""
        found = self.findings.get((metric, target, topic, language, role, proposition))
        return None if found is None or found.value is None else found

    @cached_property
    def review(self) -> Mapping[str, int]:
        """Place of every answer that came in the order a person reviews them, from 1, by the answer's ``anchor``.

        What is unscored comes first, and among equals what is least sure.
        """
        came = [row for row in self.answers if row.delivery in DELIVERED]
        due = sorted(came, key=lambda row: (not row.unscored, row.sureness))
        return {row.anchor: place for place, row in enumerate(due, start=1)}

    def topic_title(self, topic: str) -> str:
        """Return the title of a topic in the report's language, or its id."""
        found = self.sets.get(topic)
        return topic if found is None else plain_name(found.title.get("en") or next(iter(found.title.values())))

    def proposition(self, topic: str, proposition: str) -> Proposition | None:
        """Return a proposition of a topic's set."""
        found = self.sets.get(topic)
        return next((p for p in found.propositions if p.id == proposition), None) if found else None


def _ordered(seen: Iterable[str], order: Iterable[str]) -> tuple[str, ...]:
    present = dict.fromkeys(seen)
    known = [name for name in dict.fromkeys(order) if name in present]
    return (*known, *(name for name in present if name not in set(known)))


def text_language(tag: str | None) -> str:
    """Return the value of ``lang`` for a text in ``tag``; empty (unknown) where there is no tag."""
    return tag or ""


def text_direction(tag: str | None) -> str:
    """Return the value of ``dir`` for a text in ``tag``: set for known languages, else left to the text."""
    language = LANGUAGES.get(tag or "")
    return "auto" if language is None else "rtl" if language.rtl else "ltr"


def language_title(tag: str) -> str:
    """Return ``French`` for ``fr``, ``Simplified Chinese`` for ``zh-Hans``, and the tag itself where it has no name."""
    return plain_name(" ".join(reversed(language_name(tag).split(", "))))
