"""What a battery would ask, cost and be able to show, before anything is asked."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from .families import STRESSED
from .records import Item

CHARACTERS_PER_TOKEN = {"zh": 1.5, "ja": 1.5, "ko": 1.7}
OTHER_CHARACTERS_PER_TOKEN = 4.0
"""Rough priors for byte-pair vocabularies of today's multilingual models; actual counts are stored with each answer."""

ANSWER_TOKENS = 400
"""Prior for the length of an answer where the target sets no lower limit."""


@dataclass(frozen=True, slots=True)
class Cell:
    """Items of one topic, family and language."""

    topic: str
    family: str
    language: str
    items: int


@dataclass(frozen=True, slots=True)
class Plan:
    """What a battery would ask of one target.

    Attributes:
        cells: Items by topic, family and language.
        items: All items.
        clusters: Questions, controls included.
        sensitive_clusters: Questions without controls that rates are made of.
        recorded: Families that are asked and are in no rate (``families.STRESSED``).
        prompt_tokens: Estimated tokens of all prompts.
        completion_tokens: Estimated tokens of all answers.
    """

    cells: tuple[Cell, ...]
    items: int
    clusters: int
    sensitive_clusters: int
    recorded: tuple[str, ...]
    prompt_tokens: int
    completion_tokens: int


def plan_battery(items: Sequence[Item], *, max_new_tokens: int | None = None) -> Plan:
    """Return what asking ``items`` of one target amounts to.

    Args:
        items: The battery.
        max_new_tokens: The target's own limit on an answer, in tokens.
    """
    counts = Counter((item.topic, item.family, item.language) for item in items)
    clusters = {(item.topic, item.cluster): item for item in items}
    measured = [item for item in clusters.values() if item.sensitive and item.family not in STRESSED]
    answer = ANSWER_TOKENS if max_new_tokens is None else min(ANSWER_TOKENS, max_new_tokens)
    return Plan(
        cells=tuple(Cell(*key, counts[key]) for key in counts),
        items=len(items),
        clusters=len(clusters),
        sensitive_clusters=len(measured),
        recorded=tuple(dict.fromkeys(item.family for item in items if item.family in STRESSED)),
        prompt_tokens=sum(_prompt_tokens(item) for item in items),
        completion_tokens=answer * len(items),
    )


def _prompt_tokens(item: Item) -> int:
    return estimated_tokens(sum(len(turn.content) for turn in item.messages), item.language)


def estimated_tokens(characters: int, language: str) -> int:
    """Return how many tokens so many characters of a language (BCP-47) are, roughly."""
    per_token = CHARACTERS_PER_TOKEN.get(language.partition("-")[0], OTHER_CHARACTERS_PER_TOKEN)
    return math.ceil(characters / per_token)


def resolvable_difference(clusters: int, *, power: float = 0.8, confidence: float = 0.95) -> float:
    """Return the smallest difference between two rates that so many questions can resolve.

    Both arms answer the same questions and rates near one half are assumed, the worst case, without credit for
    pairing: ``(z_alpha + z_beta) * sqrt(2 * 0.25 / n)`` (Miller 2024, arXiv 2411.00640, equation for unpaired arms).

    Args:
        clusters: Questions in each arm; none resolve nothing, which is a difference of 1.
        power: Probability of finding a difference that is there.
        confidence: Two-sided confidence of the test.
    """
    if clusters < 1:
        return 1.0
    normal = NormalDist()
    reach = normal.inv_cdf(0.5 + confidence / 2) + normal.inv_cdf(power)
    return min(1.0, reach * math.sqrt(0.5 / clusters))


def estimated_cost(plan: Plan, *, input_price: float, output_price: float) -> float:
    """Return what asking would cost, in the currency of the prices, which are per million tokens."""
    return cost_of(plan.prompt_tokens, plan.completion_tokens, input_price=input_price, output_price=output_price)


def cost_of(prompt_tokens: int, answer_tokens: int, *, input_price: float, output_price: float) -> float:
    """Return what so many tokens cost at prices per million tokens."""
    return (prompt_tokens * input_price + answer_tokens * output_price) / 1_000_000
