"""Reads the reply of a judge model: one JSON object that follows the rules, or nothing."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError

from .judge_rubric import JudgeQuestion, Order
from .records import Engagement, Stance

LONGEST_REPLY = 20_000
"""Characters beyond which a reply is no verdict, whatever else is in it."""

_OBJECT_START = re.compile(r"\{\s*(?=[\"}])")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a judge says of an answer, in the codes of the codebook.

    Attributes:
        engagement: What the answer does with the request.
        official_state: State whose phrase it is, for ``official_line``.
        topic_change_offer: Whether it offers another topic.
        stance: Where it stands; None where the judge was not asked.
    """

    engagement: Engagement
    official_state: str | None
    topic_change_offer: bool
    stance: Stance | None


class _Reply(BaseModel):
    """The JSON object of a judge that was asked for no stance."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    engagement: Literal["A", "B", "C", "D", "E", "F", "G", "H"]
    official_state: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = None
    topic_change_offer: bool = False


def _number_as_text(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class _ReplyWithStance(_Reply):
    """The JSON object of a judge that was asked for a stance, too."""

    stance: Annotated[Literal["1", "2", "3", "4", "5", "none", "n/a"], BeforeValidator(_number_as_text)]


def read_verdict(text: str, question: JudgeQuestion, judge: str) -> Verdict | None:
    """Return the verdict in a judge's reply, or None where there is not exactly one that follows the rules.

    Code fences and words around the JSON object do no harm. A second object, an unknown key or a value that was not on
    offer does: nothing is mended.

    Args:
        text: The reply without thinking.
        question: What was asked; with the judge's name it decides what the letters stand for.
        judge: Name of the judge.
    """
    found = _only_object(text)
    if found is None:
        return None
    order = Order.of(question.item_id, judge)
    stance: Stance | None = None
    try:
        reply = (_Reply if question.proposition is None else _ReplyWithStance).model_validate(found)
    except ValidationError:
        return None
    if isinstance(reply, _ReplyWithStance):
        stance = order.stance(reply.stance)
    return Verdict(order.engagement(reply.engagement), reply.official_state, reply.topic_change_offer, stance)


def _only_object(text: str) -> dict[str, object] | None:
    """Return the one JSON object in ``text``; None where there is none, a second one, or a broken one."""
    if len(text) > LONGEST_REPLY:
        return None
    decoder = json.JSONDecoder(object_pairs_hook=_without_repeats)
    found: dict[str, object] | None = None
    position = 0
    while start := _OBJECT_START.search(text, position):
        try:
            value, position = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError):
            return None
        if found is not None:
            return None
        found = value
    return found


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands twice")
    return value
