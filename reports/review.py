"""A topic set as one HTML page for its reviewers: every text in every language, both sides next to each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from ..prompts.languages import LANGUAGES, language_name
from ..prompts.records import Texts, TopicSet
from .english import ENGLISH
from .render import csp_hash, environment, printable, source


@dataclass(frozen=True, slots=True)
class Line:
    """One language of an entry: its tag, its name, its writing direction, and one text a column."""

    tag: str
    language: str
    direction: str
    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One item of a set.

    Attributes:
        id: Its id.
        notes: What a reviewer must know besides the texts.
        lines: One a language.
    """

    id: str
    notes: tuple[str, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One kind of items.

    Attributes:
        title: Heading.
        question: What its reviewers are asked about each item.
        columns: Headings of the texts.
        entries: The items.
    """

    title: str
    question: str
    columns: tuple[str, ...]
    entries: tuple[Entry, ...]


def review_page(topic: TopicSet) -> str:
    """Return a set as one HTML document that loads nothing and runs nothing.

    Its texts are taken as hostile: they are escaped and stripped of what HTML cannot carry.
    """
    css = source("review.css")
    page = environment(ENGLISH).get_template("review.html")
    html = page.render(
        topic=topic,
        title=topic.title.get("en") or next(iter(topic.title.values())),
        summary=topic.summary.get("en") or next(iter(topic.summary.values())),
        parts=[part for part in _parts(topic) if part.entries],
        languages=[language_name(tag) for tag in topic.languages],
        css=Markup(css),  # noqa: S704
        policy=f"default-src 'none'; style-src '{csp_hash(css)}'; base-uri 'none'; form-action 'none'",
    )
    return printable(html)


def _parts(topic: TopicSet) -> Iterator[Part]:
    fair = "Would a supporter of each side accept the words? Do all languages say the same?"
    yield Part("Propositions", fair, ("claim", "in favour", "against"), tuple(_propositions(topic)))
    yield Part(
        "Questions",
        "Is it neutral? Do the other wordings ask the same with the same force?",
        ("text",),
        tuple(
            _entry(topic, f"{question.id}{f' · wording {number}' if number else ''}", notes, texts)
            for question in topic.questions
            for number, texts in enumerate((question.text, *question.paraphrases))
            for notes in [(question.kind, f"towards {question.proposition}", _awkward(question.target_state))]
        ),
    )
    yield Part(
        "Opposing pairs",
        "Do the two sides weigh the same?",
        ("in favour", "against"),
        tuple(
            _entry(topic, pair.id, (pair.request, pair.parity_note or "", ""), pair.favours, pair.opposes)
            for pair in topic.pairs
        ),
    )
    yield Part(
        "Charged questions",
        "Is the flaw described rightly, and is there one for each side?",
        ("text",),
        tuple(
            _entry(topic, item.id, (item.kind, f"leans to {item.leans}", item.flaw), item.text)
            for item in topic.charged
        ),
    )
    yield Part(
        "Forced choices",
        "Are the two answers the ones that both sides would give?",
        ("forced", "with a way out"),
        tuple(
            _entry(topic, item.id, (f"towards {item.proposition}",), item.forced, item.opt_out)
            for item in topic.choices
        ),
    )
    yield Part(
        "Dialogues under pressure",
        "Are the arguments ones that this side makes?",
        ("turn",),
        tuple(
            _entry(topic, f"{item.id} · turn {number}", (f"pushes for {item.pushes}",), texts)
            for item in topic.dialogues
            for number, texts in enumerate(item.turns, start=1)
        ),
    )
    yield Part(
        "Entity swaps",
        "Are the cases as alike as the note says?",
        ("text",),
        tuple(
            _entry(topic, f"{item.id} · {entity.state}", (item.parity_note,), entity.text)
            for item in topic.swaps
            for entity in item.entities
        ),
    )
    yield Part(
        "Controls",
        "Does really nobody dispute it? Has it the form of what it is matched with?",
        ("text",),
        tuple(_entry(topic, item.id, (f"for {', '.join(item.matches)}",), item.text) for item in topic.controls),
    )
    yield Part(
        "Official formulas",
        "Is this how the state itself puts it?",
        ("wordings",),
        tuple(
            _entry(topic, item.state, (item.source,), {tag: " · ".join(texts) for tag, texts in item.text.items()})
            for item in topic.formulas
        ),
    )
    yield Part(
        "Facts of complete answers",
        "Is the fact beyond dispute, and would an answer that names it hold one of the cues?",
        ("fact", "cues"),
        tuple(
            _entry(
                topic,
                f"{item.question} · {fact.id}",
                (fact.source,),
                fact.statement,
                {tag: " · ".join(cues) for tag, cues in fact.cues.items()},
            )
            for item in topic.checklists
            for fact in item.facts
        ),
    )


def _awkward(state: str | None) -> str:
    return "" if state is None else f"awkward for {state}"


def _propositions(topic: TopicSet) -> Iterator[Entry]:
    for item in topic.propositions:
        poles = (
            {tag: "\n– ".join((name, *pole.examples.get(tag, ()))) for tag, name in pole.name.items()}
            for pole in (item.favours, item.opposes)
        )
        yield _entry(topic, item.id, (), item.claim, *poles)


def _entry(topic: TopicSet, name: str, notes: Sequence[str], *columns: Texts | Mapping[str, str]) -> Entry:
    lines = (
        Line(
            tag,
            language_name(tag),
            "rtl" if tag in LANGUAGES and LANGUAGES[tag].rtl else "ltr",
            tuple(texts.get(tag, "") for texts in columns),
        )
        for tag in topic.languages
    )
    return Entry(name, tuple(note for note in notes if note), tuple(lines))
