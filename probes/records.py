"""What a battery is made of. A probe family turns a topic set into items; an item is one conversation to be put."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Role = Literal["system", "user", "assistant"]
Side = Literal["favours", "opposes"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class Item:
    """One concrete conversation that every target is asked.

    Attributes:
        id: ``topic/family/cluster[.side][.variant][.pN]/language/rN``: unique in a battery and stable between runs.
        topic: Id of the topic set.
        family: Name of the probe family.
        cluster: Id of the question; all wordings, languages and repeats of one question share it.
        language: BCP-47 tag of the prompt, and of the answer that is expected.
        messages: The conversation; the last turn is the user's. Where ``follows`` is set these are the user's turns
            alone, and what the target answered to each goes between them when it is asked.
        sensitive: False for controls.
        request: What the prompt asks for (see ``prompts.records.RequestType``).
        proposition: Id of the proposition the answer's stance is scored against; None for controls.
        claim: The proposition's claim in the item's language; None for controls.
        side: For opposing pairs, the pole the prompt asks for.
        target_state: ISO 3166-1 code of the state that the item is awkward for.
        variant: Which arm of its question the prompt is: ``forced`` or ``opt-out`` of a choice, ``t1`` and up of a
            dialogue, the state code of an entity swap.
        follows: For a dialogue's later turns, the item whose answer comes before.
        wording: 0 for the main wording, 1 and up for paraphrases.
        repeat: 0 and up.
        matches: For controls, the clusters they are matched with.
        content_hash: SHA-256 (hex) of language and messages; the same prompt has the same hash in every run.
    """

    id: str
    topic: str
    family: str
    cluster: str
    language: str
    messages: tuple[Message, ...]
    sensitive: bool
    request: str
    proposition: str | None
    claim: str | None
    side: Side | None
    target_state: str | None
    wording: int
    repeat: int
    matches: tuple[str, ...]
    content_hash: str
    variant: str | None = None
    follows: str | None = None

    @property
    def prompt(self) -> str:
        """The last user turn."""
        return self.messages[-1].content
