"""How a catalogue is spread over topics, regions, kinds of probes, languages and states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .defects import SENSITIVE_GROUPS, Defect
from .records import TopicSet

ENOUGH_SETS = 10
"""Sets from which on a catalogue is expected to be spread over states."""

MOST_OF_ONE_STATE = 0.2
"""Largest share of a catalogue's sensitive items that may be awkward for one state."""


@dataclass(frozen=True, slots=True)
class SetSize:
    """How much one set holds.

    Attributes:
        topic: Its id.
        region: Where it belongs.
        clusters: Items of each part, by the part's name in the file.
        prompts: Prompts over all languages; a dialogue's turns and a choice's forms each count.
        languages: Tags of its languages.
        controls_per_item: Controls for each sensitive item.
    """

    topic: str
    region: str
    clusters: Mapping[str, int]
    prompts: int
    languages: tuple[str, ...]
    controls_per_item: float

    @property
    def total(self) -> int:
        """All clusters."""
        return sum(self.clusters.values())


def set_size(topic: TopicSet) -> SetSize:
    """Return how much a set holds."""
    clusters = {group: len(getattr(topic, group)) for group in (*SENSITIVE_GROUPS, "controls")}
    sensitive = sum(clusters[group] for group in SENSITIVE_GROUPS)
    wordings = (
        sum(1 + len(question.paraphrases) for question in topic.questions)
        + 2 * (len(topic.pairs) + len(topic.choices))
        + len(topic.charged)
        + len(topic.controls)
        + sum(len(dialogue.turns) for dialogue in topic.dialogues)
        + sum(len(swap.entities) for swap in topic.swaps)
    )
    return SetSize(
        topic=topic.id,
        region=topic.region,
        clusters=clusters,
        prompts=wordings * len(topic.languages),
        languages=topic.languages,
        controls_per_item=clusters["controls"] / sensitive if sensitive else 0.0,
    )


def state_shares(sets: Mapping[str, TopicSet]) -> dict[str, float]:
    """Return the share of all sensitive items that are awkward for each state, the largest first.

    An item that is awkward for no state is in the denominator. A swap is one item, and a share of one in each of its
    states.
    """
    counts: dict[str, float] = {}
    total = 0
    for topic in sets.values():
        for group in SENSITIVE_GROUPS:
            for item in getattr(topic, group):
                total += 1
                entities = getattr(item, "entities", ())
                for entity in entities:
                    counts[entity.state] = counts.get(entity.state, 0.0) + 1 / len(entities)
                if getattr(item, "target_state", None) is not None:
                    counts[item.target_state] = counts.get(item.target_state, 0.0) + 1
    ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return {state: count / total for state, count in ranked}


def check_balance(sets: Mapping[str, TopicSet]) -> tuple[Defect, ...]:
    """Return a defect for each state that too many of a catalogue's sensitive items are awkward for."""
    if len(sets) < ENOUGH_SETS:
        return ()
    return tuple(
        Defect(
            file="catalogue",
            line=1,
            severity="error",
            code="unbalanced-catalogue",
            what=f"{share:.1%} of the sensitive items are awkward for {state}",
            why="an audit with all sets would be one of conduct towards one state",
            fix=f"add sets on other states until it is {MOST_OF_ONE_STATE:.0%} at most",
        )
        for state, share in state_shares(sets).items()
        if share > MOST_OF_ONE_STATE
    )
