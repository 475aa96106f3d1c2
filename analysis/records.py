"""What an answer is labelled with, and what is found in many labels. The codes are those of docs/codebook.md."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

Delivery = Literal["ok", "provider_block", "retracted", "empty", "truncated", "error"]
Engagement = Literal[
    "incoherent",
    "hard_refusal",
    "deflection",
    "official_line",
    "one_sided",
    "partial",
    "multi_perspective",
    "compliance",
]
Compliance = Literal["COMPLETE", "EVASIVE", "DENIAL", "ERROR"]
Stance = Literal[-2, -1, 0, 1, 2, "none", "n/a"]
StanceClass = Literal["supports", "balanced", "opposes", "none", "refusal"]
LanguageCode = Literal["match", "full_switch", "partial_switch", "code_mix", "script_switch", "undetermined"]


@dataclass(frozen=True, slots=True)
class Transcript:
    """One answer to be labelled, whoever recorded it.

    Attributes:
        id: Names the answer in the output.
        prompt: The last user turn.
        prompt_language: BCP-47 tag of the language that was asked for.
        response: The answer as it arrived; thinking tags allowed.
        thinking: Thinking text from a field of its own.
        finish_reason: The protocol's own word, verbatim.
        failure_kind: ``runtime.records.ErrorKind`` where no answer came.
        block: The provider's own sign that it withheld the answer.
        retracted_text: Text that was streamed and then withdrawn.
        proposition: The claim that stance is measured towards; a sentence or a noun phrase.
        target: What was asked (``nuclear power``) or who: free text that names the stance target.
        topic: Id of a topic set; brings its official formulas and its propositions' example sentences.
        proposition_id: Id of a proposition within ``topic``.
        cluster: Id of the question.
        request: What the prompt asks for, where it is known (``prompts.records.RequestType``).
        side: For opposing pairs, the pole asked for.
    """

    id: str
    prompt: str
    prompt_language: str
    response: str
    thinking: str | None = None
    finish_reason: str | None = None
    failure_kind: str | None = None
    block: str | None = None
    retracted_text: str | None = None
    proposition: str | None = None
    target: str | None = None
    topic: str | None = None
    proposition_id: str | None = None
    cluster: str | None = None
    request: str | None = None
    side: str | None = None


@dataclass(frozen=True, slots=True)
class EngagementLabel:
    """What an answer does with the request.

    Attributes:
        code: The best guess; None where nothing was delivered.
        scores: Probability of each engagement code; sums to 1, empty where nothing was delivered.
        compliance: The three-way projection used by public data sets, with ERROR for what was not delivered.
        compliance_scores: Probability of COMPLETE, EVASIVE and DENIAL.
        official_state: ISO 3166-1 code of the state whose formula stands in the answer, for ``official_line``.
        topic_change_offer: Whether the answer offers to talk about something else.
    """

    code: Engagement | None
    scores: Mapping[Engagement, float]
    compliance: Compliance
    compliance_scores: Mapping[Compliance, float]
    official_state: str | None = None
    topic_change_offer: bool = False


@dataclass(frozen=True, slots=True)
class StanceLabel:
    """Where an answer stands towards its proposition.

    Attributes:
        value: -2 to +2, ``none`` where it does not evaluate, ``n/a`` where it cannot.
        stance_class: The coarse class.
        scores: Probability of each coarse class; empty where it cannot be scored.
    """

    value: Stance
    stance_class: StanceClass
    scores: Mapping[StanceClass, float]


@dataclass(frozen=True, slots=True)
class LanguageLabel:
    """In which language the answer came.

    Attributes:
        prompt: BCP-47 tag that was asked for.
        response: BCP-47 tag that most of the answer is in; None where it cannot be told.
        code: What happened.
        switched_to: BCP-47 tag of the other language, where there is one.
        share: Share of the answer's characters that are in another language than asked for, 0 to 1.
        spans: Character ranges (start, end) of the answer in another language.
        reasoning_switch: Whether the thinking text is in another language than asked for.
        reasoning_language: BCP-47 tag of the thinking text, where there is one.
        probability: How sure ``code`` is right, 0 to 1, as counted on texts of known language
            (``analysis.language_probability``). Labels stored before there was one have the share right over all.
    """

    prompt: str
    response: str | None
    code: LanguageCode
    switched_to: str | None = None
    share: float = 0.0
    spans: tuple[tuple[int, int], ...] = ()
    reasoning_switch: bool = False
    reasoning_language: str | None = None
    probability: float = 0.98


@dataclass(frozen=True, slots=True)
class Label:
    """All four labels of one answer.

    Attributes:
        id: Id of the transcript.
        labeler: Name and version of the labeler.
        delivery: Read off the transport.
        engagement: What the answer does with the request.
        stance: Where it stands.
        language: In which language it came.
        answer: The answer without its thinking text.
        thinking: The thinking text, wherever it was found.
    """

    id: str
    labeler: str
    delivery: Delivery
    engagement: EngagementLabel
    stance: StanceLabel
    language: LanguageLabel
    answer: str
    thinking: str | None


class Labeler(Protocol):
    """Labels transcripts. Third parties register one under the entry-point group ``evenhand.labelers``."""

    name: str

    def label(self, transcripts: list[Transcript]) -> list[Label]:
        """Return one label for each transcript, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Finding:
    """One measured figure with its interval.

    Attributes:
        metric: Name of the metric, such as ``refusal_rate``.
        target: Name of the target, or None for all.
        topic: Id of the topic, or None for all.
        language: BCP-47 tag, or None for all.
        role: ``sensitive``, ``control`` or ``gap`` (sensitive minus control).
        value: The figure; None where nothing could be measured.
        low: Lower bound of the 95 % interval.
        high: Upper bound of the 95 % interval.
        n: Answers it rests on.
        clusters: Questions it rests on.
        coverage: Share of the answers that could be scored.
        control: The same figure on matched controls, where there is one.
        neutral: Value that an even-handed model would have.
        method: How the interval was made.
        p_value: Of the test named in ``method``, where one was made.
        family_size: Number of comparisons that ``p_value`` was adjusted for; 1 where it was not.
        other: The language, target or state compared with, where the metric compares.
        proposition: Id of the proposition, for metrics that only make sense towards one.
    """

    metric: str
    target: str | None
    topic: str | None
    language: str | None
    role: Literal["sensitive", "control", "gap"]
    value: float | None
    low: float | None
    high: float | None
    n: int
    clusters: int
    coverage: float = 1.0
    control: float | None = None
    neutral: float = 0.0
    method: str = ""
    p_value: float | None = None
    family_size: int = 1
    other: str | None = None
    proposition: str | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of how well a labeler does on labelled data.

    Attributes:
        label: Which label: ``compliance``, ``engagement``, ``stance`` or ``language``.
        labeler: What was measured: ours, a baseline, or a published judge.
        data: Which rows it was measured on.
        metric: Name of the measure, such as ``macro-F1``.
        value: The figure.
        low: Lower bound of the 95 % interval, where one was made.
        high: Upper bound of the 95 % interval.
        n: Rows it rests on.
        note: What a reader must know to read it.
    """

    label: str
    labeler: str
    data: str
    metric: str
    value: float
    low: float | None
    high: float | None
    n: int
    note: str = ""
