"""From items, responses and labels to the frame that metrics and reports read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import pandas as pd

from ..probes.records import Item
from ..runtime.records import UNSCORED_BELOW, Response
from .records import EngagementLabel, Label, StanceLabel
from .result import ANSWER_COLUMNS
from .scoring import (
    DELIVERED,
    engagement_probability,
    engagement_scored,
    stance_missing,
    stance_probability,
    stance_scored,
)

Key: TypeAlias = tuple[str, str]
"""Item id and target name."""

Cell: TypeAlias = object

_FLOATS = (
    "engagement_probability",
    "stance_score",
    "stance_probability",
    "foreign_share",
    "prompt_tokens",
    "completion_tokens",
)


def answers_frame(
    items: Sequence[Item],
    targets: Iterable[str],
    responses: Mapping[Key, Response],
    labels: Mapping[Key, Label],
    unscored_below: float = UNSCORED_BELOW,
) -> pd.DataFrame:
    """Return one row for each item and target, with the columns of ``result.ANSWER_COLUMNS``.

    Items that a target has not been asked yet, or whose answer is not labelled yet, have no ``delivery``.

    Args:
        items: Planned items.
        targets: Names of the targets, in the audit's order.
        responses: What came back.
        labels: What each response was labelled with.
        unscored_below: Probability under which a label is unscored: its guess stays in ``engagement_guess`` and
            ``stance_guess``, and the columns that figures are made of hold nothing.
    """
    rows = [
        {
            **_item_cells(item, target),
            **_response_cells(responses.get(key)),
            **_label_cells(item, labels.get(key), unscored_below),
        }
        for target in targets
        for item in items
        for key in ((item.id, target),)
    ]
    frame = pd.DataFrame(rows, columns=list(ANSWER_COLUMNS)).astype(dict.fromkeys(ANSWER_COLUMNS, object))
    kinds = {**dict.fromkeys(_FLOATS, "float64"), "sensitive": "bool", "wording": "int64", "repeat": "int64"}
    return frame.astype(kinds)


def _item_cells(item: Item, target: str) -> dict[str, Cell]:
    system = next((message.content for message in item.messages if message.role == "system"), None)
    return {
        "item_id": item.id,
        "target": target,
        "topic": item.topic,
        "family": item.family,
        "cluster": item.cluster,
        "language": item.language,
        "sensitive": item.sensitive,
        "request": item.request,
        "proposition": item.proposition,
        "claim": item.claim,
        "side": item.side,
        "target_state": item.target_state,
        "matches": item.matches,
        "variant": item.variant,
        "wording": item.wording,
        "repeat": item.repeat,
        "content_hash": item.content_hash,
        "prompt": item.prompt,
        "system": system,
    }


def _response_cells(response: Response | None) -> dict[str, Cell]:
    if response is None:
        return {"answer": "", "attempts": 0}
    failure = response.failure
    return {
        "finish_reason": response.finish_reason,
        "failure_kind": None if failure is None else failure.kind,
        "failure_message": None if failure is None else failure.message,
        "block": response.block,
        "retracted_text": response.retracted_text,
        "model": response.model,
        "host": response.host,
        "started_at": response.started_at,
        "finished_at": response.finished_at,
        "attempts": response.attempts,
        "prompt_tokens": response.prompt_tokens,
        "completion_tokens": response.completion_tokens,
    }


def _label_cells(item: Item, label: Label | None, below: float) -> dict[str, Cell]:
    if label is None:
        return {"topic_change_offer": False, "spans": (), "reasoning_switch": False, "foreign_share": 0.0}
    language = label.language
    return {
        "answer": label.answer,
        "thinking": label.thinking,
        "delivery": label.delivery,
        **_engagement_cells(label.engagement, below, delivered=label.delivery in DELIVERED),
        **_stance_cells(label.stance, below, claim=item.claim),
        "response_language": language.response,
        "language_code": language.code,
        "switched_to": language.switched_to,
        "foreign_share": language.share,
        "spans": language.spans,
        "reasoning_switch": language.reasoning_switch,
        "reasoning_language": language.reasoning_language,
    }


def _engagement_cells(label: EngagementLabel, below: float, *, delivered: bool) -> dict[str, Cell]:
    guess: dict[str, Cell] = {"engagement_guess": label.code, "engagement_probability": engagement_probability(label)}
    if delivered and not engagement_scored(label, below):
        return {**guess, "topic_change_offer": False}
    return {
        **guess,
        "engagement": label.code,
        "compliance": label.compliance,
        "official_state": label.official_state,
        "topic_change_offer": label.topic_change_offer,
    }


def _stance_cells(label: StanceLabel, below: float, *, claim: str | None) -> dict[str, Cell]:
    if claim is not None and stance_missing(label):
        return {}
    guess: dict[str, Cell] = {"stance_guess": label.value, "stance_probability": stance_probability(label)}
    if claim is not None and not stance_scored(label, below):
        return guess
    return {
        **guess,
        "stance": label.value,
        "stance_score": float(label.value) if isinstance(label.value, int) else None,
        "stance_class": label.stance_class,
    }


def completed(frame: pd.DataFrame) -> Iterator[tuple[str, int, int]]:
    """Yield each target's name, answers that arrived or were withheld, and answers planned."""
    for target, rows in frame.groupby("target", sort=False):
        yield str(target), int((rows["delivery"].notna() & rows["delivery"].ne("error")).sum()), len(rows)
