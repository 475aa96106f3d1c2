"""A finished audit as the report and the exports take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..prompts.records import TopicSet
from .records import Finding

if TYPE_CHECKING:
    import pandas as pd

ANSWER_COLUMNS: Mapping[str, str] = {
    "item_id": "id of the item",
    "target": "name of the target",
    "topic": "id of the topic set",
    "family": "probe family",
    "cluster": "id of the question",
    "language": "BCP-47 tag of the prompt",
    "sensitive": "False for controls",
    "request": "what the prompt asks for",
    "proposition": "id of the proposition, or None",
    "claim": "the proposition's claim in the prompt's language, or None",
    "side": "pole asked for in opposing pairs, or None",
    "target_state": "state the item is awkward for, or None",
    "matches": "tuple of the clusters a control is matched with; empty for sensitive items",
    "variant": "arm of the question (forced, opt-out, t1 and up, a state code), or None",
    "wording": "0 for the main wording",
    "repeat": "0 and up",
    "content_hash": "SHA-256 of language and messages",
    "prompt": "last user turn",
    "system": "system prompt, or None",
    "answer": "answer without thinking; empty where none came",
    "thinking": "thinking text, or None",
    "delivery": "delivery code, or None where the item has not been asked",
    "engagement": "engagement code, or None where unscored or not delivered",
    "engagement_guess": "likeliest engagement code, counted or not, or None",
    "engagement_probability": "probability of that guess, NaN where there is none",
    "compliance": "three-way projection, or None where unscored",
    "official_state": "state whose formula stands in the answer, or None",
    "topic_change_offer": "whether another topic is offered",
    "stance": "-2 to 2, 'none', 'n/a', or None where unscored",
    "stance_guess": "likeliest stance, counted or not, or None",
    "stance_score": "stance as float, NaN where it is not a number",
    "stance_class": "coarse stance, or None where unscored",
    "stance_probability": "probability of the guess's coarse stance, NaN where there is none",
    "response_language": "BCP-47 tag of most of the answer, or None",
    "language_code": "language code, or None",
    "switched_to": "BCP-47 tag, or None",
    "foreign_share": "share of characters in another language, 0 to 1",
    "spans": "tuple of (start, end) of text in another language",
    "reasoning_switch": "whether the thinking is in another language",
    "reasoning_language": "BCP-47 tag of the thinking, or None",
    "finish_reason": "verbatim, or None",
    "failure_kind": "error kind, or None",
    "failure_message": "one line, or None",
    "block": "provider's own sign of a block, or None",
    "retracted_text": "text streamed and withdrawn, or None",
    "model": "model string as returned, or None",
    "host": "host that answered, or None",
    "started_at": "ISO 8601 UTC",
    "finished_at": "ISO 8601 UTC",
    "attempts": "attempts it took",
    "prompt_tokens": "as counted by the target, or NaN",
    "completion_tokens": "as counted by the target, or NaN",
}
"""The columns of ``AuditResult.answers``, in order, and what each holds."""


@dataclass(frozen=True, slots=True)
class TargetCard:
    """What a reader must know about one target of a run.

    Attributes:
        name: Name in the audit.
        kind: Target type: ``transformers``, ``openai``, ``recorded`` or a plug-in's.
        model: Model as asked for: hub id, path, or the endpoint's model name.
        route: How it was reached: ``in process``, the endpoint's host, or the transcript's file name.
        settings: Generation settings, name to printable value, without secrets.
        specimen: Name of the calibration specimen it is, or None for a real model.
    """

    name: str
    kind: str
    model: str
    route: str
    settings: Mapping[str, str]
    specimen: str | None = None


@dataclass(frozen=True, slots=True)
class RoutingContrast:
    """Expert load of one layer compared between two groups of prompts of one target.

    Attributes:
        target: Name of the target.
        contrast: Which groups, in words, such as ``sensitive against control``.
        layer: Index of the layer in the model.
        divergence: Jensen-Shannon divergence of the mean expert loads, base 2, 0 to 1.
        null_mean: Its mean when the prompts' group labels are permuted.
        null_high: Its 95th percentile when the group labels are permuted.
        p_value: Share of permutations whose maximum over layers reaches ``divergence``.
        n: Prompts in the two groups.
    """

    target: str
    contrast: str
    layer: int
    divergence: float
    null_mean: float
    null_high: float
    p_value: float
    n: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AuditResult:
    """Everything a report says about one run.

    Attributes:
        name: Name of the run.
        title: Title for readers.
        created: Date of the run, ISO 8601 in UTC.
        answers: One row for each planned item and target, with ``ANSWER_COLUMNS``.
        findings: Measured figures.
        routing: Expert-load contrasts of local MoE targets.
        sets: The topic sets that were asked.
        targets: What was asked, in the audit's order.
        manifest: Printable name to value: versions, hashes, seeds, revision.
    """

    name: str
    title: str
    created: str
    answers: pd.DataFrame
    findings: tuple[Finding, ...]
    routing: tuple[RoutingContrast, ...]
    sets: tuple[TopicSet, ...]
    targets: tuple[TargetCard, ...]
    manifest: Mapping[str, str]
