"""What a topic set is made of. These records cross every folder; they are documented here and nowhere else."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from .languages import is_language_tag

SCHEMA_VERSION = 1

WORDS_PATTERN = "[a-z0-9]+(-[a-z0-9]+)*"
Identifier = Annotated[str, StringConstraints(pattern=f"^{WORDS_PATTERN}$", max_length=60)]
"""Lower-case words joined by hyphens; unique within its topic set."""

TopicId = Annotated[str, StringConstraints(pattern=rf"^({WORDS_PATTERN}\.)?{WORDS_PATTERN}$", max_length=120)]
"""An identifier, after the name of the plug-in and a dot where the set comes from one."""

State = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]
"""ISO 3166-1 alpha-2 code."""

Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
"""One text put to a model or shown to a reader."""


def _language_tag(text: str) -> str:
    if not is_language_tag(text):
        raise ValueError(f"{text!r} is no BCP-47 language tag such as en, fr or zh-Hans")
    return text


LanguageTag = Annotated[str, AfterValidator(_language_tag)]
Texts = dict[LanguageTag, Sentence]
"""The same text in every language of the set."""

TextLists = dict[LanguageTag, tuple[Sentence, ...]]

RequestType = Literal["answer", "explain", "argue", "list", "write"]
"""What a prompt asks for: an answer, an explanation, an argument for one side, a list, or a piece of writing."""


class Record(BaseModel):
    """Base of all topic-set records: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Provenance(Record):
    """Where an item comes from. A set gives defaults under ``provenance``; an item overrides single fields.

    Attributes:
        author: Who wrote the item.
        translator: Who wrote the other languages.
        translation_check: How the translations were checked, or ``none``.
        source: What the item is based on.
        reason: Why the item is in the set.
    """

    author: Sentence | None = None
    translator: Sentence | None = None
    translation_check: Sentence | None = None
    source: Sentence | None = None
    reason: Sentence | None = None


class Pole(Record):
    """One side of a proposition.

    Attributes:
        name: What the side is called, in words its own supporters would accept.
        examples: Sentences that speak for this side.
    """

    name: Texts
    examples: TextLists


class Proposition(Record):
    """One contested claim that an answer's stance is measured towards.

    Attributes:
        id: Unique within the set.
        claim: The claim as a full sentence; stance +2 means only for it.
        favours: The pole that affirms the claim.
        opposes: The pole that denies it.
    """

    id: Identifier
    claim: Texts
    favours: Pole
    opposes: Pole


class Question(Record):
    """One direct question: a cluster of one wording and its paraphrases.

    Attributes:
        id: Unique within the set; names the cluster.
        proposition: The proposition its answers are scored against.
        kind: ``contested`` where reasonable people differ, ``factual`` where there is an established answer.
        request: What the question asks for.
        target_state: The state that the question is awkward for, if there is one.
        text: The question.
        paraphrases: Other wordings with the same claim, force and register.
    """

    id: Identifier
    proposition: Identifier
    kind: Literal["contested", "factual"]
    request: RequestType = "answer"
    target_state: State | None = None
    text: Texts
    paraphrases: tuple[Texts, ...] = ()
    provenance: Provenance = Provenance()


class OpposingPair(Record):
    """Two requests of one form that differ only in the side they ask for.

    Attributes:
        id: Unique within the set; names the cluster.
        proposition: The proposition the two sides are poles of.
        request: What both ask for.
        target_state: The state that the pair is awkward for, if there is one.
        favours: The request for the pole that affirms the proposition.
        opposes: The request for the pole that denies it.
        parity_note: Why the two requests weigh the same.
    """

    id: Identifier
    proposition: Identifier
    request: RequestType
    target_state: State | None = None
    favours: Texts
    opposes: Texts
    parity_note: Sentence | None = None
    provenance: Provenance = Provenance()


class ChargedQuestion(Record):
    """A direct question with something smuggled in: words that take a side, or a premise that is not true.

    Attributes:
        id: Unique within the set; names the cluster.
        question: The direct question that it charges.
        kind: ``loaded`` where its words take a side, ``false-premise`` where it takes for granted what is not so.
        leans: The pole that the words or the premise speak for.
        flaw: What is smuggled in; for a false premise also what is true, with its source.
        target_state: The state that the question is awkward for, if there is one.
        text: The question.
    """

    id: Identifier
    question: Identifier
    kind: Literal["loaded", "false-premise"]
    leans: Literal["favours", "opposes"]
    flaw: Sentence
    target_state: State | None = None
    text: Texts
    provenance: Provenance = Provenance()


class ForcedChoice(Record):
    """A request to pick one of two sides, once without and once with a way out.

    Attributes:
        id: Unique within the set; names the cluster.
        proposition: The proposition the two sides are poles of.
        target_state: The state that the choice is awkward for, if there is one.
        forced: The request with the two sides alone.
        opt_out: The same request with neither as a third answer.
    """

    id: Identifier
    proposition: Identifier
    target_state: State | None = None
    forced: Texts
    opt_out: Texts
    provenance: Provenance = Provenance()


class Dialogue(Record):
    """User turns that press for one side, each put after the answer to the one before.

    Attributes:
        id: Unique within the set; names the cluster.
        proposition: The proposition the answers are scored against.
        pushes: The pole that is pressed for from the second turn on.
        target_state: The state that the dialogue is awkward for, if there is one.
        turns: The user's turns, the first one open.
    """

    id: Identifier
    proposition: Identifier
    pushes: Literal["favours", "opposes"]
    target_state: State | None = None
    turns: tuple[Texts, ...] = Field(min_length=2)
    provenance: Provenance = Provenance()


class SwappedEntity(Record):
    """One filling of an entity swap.

    Attributes:
        state: The state that the prompt names, or whose territory or practice it names.
        text: The prompt with that entity in it, inflected as its language needs.
    """

    state: State
    text: Texts


class EntitySwap(Record):
    """One prompt about several states in turn, in which only the entity changes.

    Attributes:
        id: Unique within the set; names the cluster.
        request: What it asks for.
        parity_note: In which facts the entities are alike, and in which they are not.
        entities: The fillings.
    """

    id: Identifier
    request: RequestType = "answer"
    parity_note: Sentence
    entities: tuple[SwappedEntity, ...] = Field(min_length=2)
    provenance: Provenance = Provenance()


class Control(Record):
    """A prompt of the same form about the same place or entity that is not sensitive.

    Attributes:
        id: Unique within the set; names the cluster.
        matches: The sensitive items whose form it repeats.
        request: What it asks for.
        text: The prompt.
    """

    id: Identifier
    matches: tuple[Identifier, ...] = Field(min_length=1)
    request: RequestType = "answer"
    text: Texts
    provenance: Provenance = Provenance()


class OfficialFormula(Record):
    """A set phrase in which a state (or its government) puts its position; for the label ``official_line``.

    Attributes:
        state: Whose formula it is.
        stance: How the formula speaks to each proposition it touches, -2 to +2.
        text: The formula's usual wordings in each language; short phrases that an answer would contain.
        source: Where the formula is on record.
    """

    state: State
    stance: dict[Identifier, Annotated[int, Field(ge=-2, le=2)]]
    text: TextLists
    source: Sentence


class Fact(Record):
    """One fact that a complete factual answer names.

    Attributes:
        id: Unique within its checklist.
        statement: The fact as a sentence.
        cues: Words and figures of which an answer that names the fact holds at least one, in each language.
        source: Where the fact is on record.
    """

    id: Identifier
    statement: Texts
    cues: TextLists
    source: Sentence


class Checklist(Record):
    """What a complete factual answer to one question names; what is left out shows soft censorship.

    Attributes:
        question: The question.
        facts: The facts, none of which is in dispute among historians or courts.
    """

    question: Identifier
    facts: tuple[Fact, ...] = Field(min_length=2)


class NamingNote(Record):
    """A name whose usage takes a side in the dispute.

    Attributes:
        name: The name as written in the set.
        note: Who uses it, what the others say, and why the set writes it so.
    """

    name: Sentence
    note: Sentence


class TopicSet(Record):
    """A curated set of prompts about one sensitive topic.

    Attributes:
        evenhand: Version of this schema.
        id: Unique in the catalogue; a plug-in's sets have its entry point's name and a dot before theirs.
        version: Version of the set, ``major.minor.patch``.
        title: Short name of the topic.
        summary: One or two neutral sentences on what is disputed.
        region: Where the topic belongs, for the catalogue's balance.
        states: States whose position or conduct is concerned.
        languages: Languages every text of the set exists in.
        drafts: Those of them that a machine drafted and no person has read; audits leave them out.
        provenance: Defaults for every item's provenance.
        propositions: Claims that stance is measured towards.
        questions: Direct questions.
        pairs: Opposing pairs.
        charged: Loaded and false-premise versions of direct questions.
        choices: Forced choices, with and without a way out.
        dialogues: Dialogues under pressure.
        swaps: Entity swaps.
        controls: Matched controls.
        formulas: Official formulas of the states concerned.
        checklists: Facts that complete answers name.
        naming: Names whose usage is itself contested.
    """

    evenhand: Literal[1]
    id: TopicId
    version: Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]
    title: Texts
    summary: Texts
    region: Identifier
    states: tuple[State, ...]
    languages: tuple[LanguageTag, ...] = Field(min_length=1)
    drafts: tuple[LanguageTag, ...] = ()
    provenance: Provenance = Provenance()
    propositions: tuple[Proposition, ...] = Field(min_length=1)
    questions: tuple[Question, ...] = ()
    pairs: tuple[OpposingPair, ...] = ()
    charged: tuple[ChargedQuestion, ...] = ()
    choices: tuple[ForcedChoice, ...] = ()
    dialogues: tuple[Dialogue, ...] = ()
    swaps: tuple[EntitySwap, ...] = ()
    controls: tuple[Control, ...] = ()
    formulas: tuple[OfficialFormula, ...] = ()
    checklists: tuple[Checklist, ...] = ()
    naming: tuple[NamingNote, ...] = ()
