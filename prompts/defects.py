"""What can be wrong with a topic set, beyond its schema: one small check function each.

A check takes a ``Subject`` and yields defects. To add one, write the function and add it to ``CHECKS``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from typing import Literal

from .chinese_script import exclusive_counts
from .languages import LANGUAGES
from .records import Control, OpposingPair, Provenance, Question, Record, TopicSet
from .states import STATES
from .yaml_lines import Document, Path_

Severity = Literal["error", "warning"]
NEAR_DUPLICATE = 0.94
PAIR_LENGTH_RATIO = 1.5
_SCRIPT_OF_LETTER = {
    "LATIN": "Latn",
    "CJK": "Hani",
    "HIRAGANA": "Jpan",
    "KATAKANA": "Jpan",
    "HANGUL": "Kore",
    "CYRILLIC": "Cyrl",
    "ARABIC": "Arab",
    "HEBREW": "Hebr",
    "DEVANAGARI": "Deva",
    "ARMENIAN": "Armn",
    "TIBETAN": "Tibt",
}
# Zero-width space, word joiner and its kin, and bidirectional controls; the joiners of Persian and Hindi stay allowed.
_HIDDEN = re.compile("[\u200b\u2060-\u2064\ufeff\u202a-\u202e\u2066-\u2069]")
_PLACEHOLDER = re.compile(r"<[^<>]+>")
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing wrong with a topic set.

    Attributes:
        file: The file.
        line: Line, counted from 1.
        severity: ``error`` where the set cannot be used, ``warning`` where it should be looked at.
        code: Short name of the kind of defect.
        what: What is wrong, with the value.
        why: Why it matters.
        fix: How to mend it.
    """

    file: str
    line: int
    severity: Severity
    code: str
    what: str
    why: str
    fix: str

    def sentence(self) -> str:
        """Return the defect as one line."""
        return f"{self.file}:{self.line}: {self.what}; {self.fix} [{self.code}]"


@dataclass(frozen=True, slots=True)
class Text:
    """One text of a set with its place in the file."""

    path: Path_
    language: str
    text: str
    prompt: bool


@dataclass(frozen=True, slots=True)
class Subject:
    """A set under examination: the file, the set, and every text in it."""

    document: Document
    topic: TopicSet
    texts: tuple[Text, ...]
    """Every text that its author has written; what still holds a scaffold's placeholder is left out."""

    def defect(self, path: Path_, severity: Severity, code: str, what: str, why: str, fix: str) -> Defect:
        """Return a defect at ``path``."""
        return Defect(str(self.document.path), self.document.line(path), severity, code, what, why, fix)


def subject_of(document: Document, topic: TopicSet) -> Subject:
    """Return what the checks examine."""
    texts: list[Text] = []
    for key in ("title", "summary"):
        texts += _texts((key,), getattr(topic, key), prompt=False)
    for index, proposition in enumerate(topic.propositions):
        base: Path_ = ("propositions", index)
        texts += _texts((*base, "claim"), proposition.claim, prompt=False)
        for side, pole in (("favours", proposition.favours), ("opposes", proposition.opposes)):
            texts += _texts((*base, side, "name"), pole.name, prompt=False)
            for language, examples in pole.examples.items():
                for number, example in enumerate(examples):
                    texts.append(Text((*base, side, "examples", language, number), language, example, False))
    for index, question in enumerate(topic.questions):
        texts += _texts(("questions", index, "text"), question.text, prompt=True)
        for number, paraphrase in enumerate(question.paraphrases):
            texts += _texts(("questions", index, "paraphrases", number), paraphrase, prompt=True)
    for index, pair in enumerate(topic.pairs):
        texts += _texts(("pairs", index, "favours"), pair.favours, prompt=True)
        texts += _texts(("pairs", index, "opposes"), pair.opposes, prompt=True)
    for index, control in enumerate(topic.controls):
        texts += _texts(("controls", index, "text"), control.text, prompt=True)
    for index, formula in enumerate(topic.formulas):
        for language, phrases in formula.text.items():
            for number, phrase in enumerate(phrases):
                texts.append(Text(("formulas", index, "text", language, number), language, phrase, False))
    return Subject(document, topic, tuple(text for text in texts if not _PLACEHOLDER.fullmatch(text.text)))


def _texts(path: Path_, texts: dict[str, str], *, prompt: bool) -> list[Text]:
    return [Text((*path, language), language, text, prompt) for language, text in texts.items()]


def _language_blocks(topic: TopicSet) -> Iterator[tuple[Path_, set[str]]]:
    """Yield the place of everything that is written in several languages, with the languages it has a text in.

    Walked over the records and not over the texts, because a place without any text has to be found too.
    """
    yield ("title",), set(topic.title)
    yield ("summary",), set(topic.summary)
    for index, proposition in enumerate(topic.propositions):
        base: Path_ = ("propositions", index)
        yield (*base, "claim"), set(proposition.claim)
        for side, pole in (("favours", proposition.favours), ("opposes", proposition.opposes)):
            yield (*base, side, "name"), set(pole.name)
            yield (*base, side, "examples"), {language for language, texts in pole.examples.items() if texts}
    for index, question in enumerate(topic.questions):
        yield ("questions", index, "text"), set(question.text)
        for number, paraphrase in enumerate(question.paraphrases):
            yield ("questions", index, "paraphrases", number), set(paraphrase)
    for index, pair in enumerate(topic.pairs):
        yield ("pairs", index, "favours"), set(pair.favours)
        yield ("pairs", index, "opposes"), set(pair.opposes)
    for index, control in enumerate(topic.controls):
        yield ("controls", index, "text"), set(control.text)
    for index, formula in enumerate(topic.formulas):
        yield ("formulas", index, "text"), {language for language, phrases in formula.text.items() if phrases}


def check_languages(subject: Subject) -> Iterator[Defect]:
    """Every text stands in every language of the set, and in no other."""
    wanted = set(subject.topic.languages)
    for index, tag in enumerate(subject.topic.languages):
        if tag in subject.topic.languages[:index]:
            why = "every prompt in it would be asked twice under one id"
            what = f"the language {tag!r} stands twice"
            yield subject.defect(("languages", index), "error", "duplicate-language", what, why, "remove one of them")
        if tag not in LANGUAGES:
            close = get_close_matches(tag, LANGUAGES, n=1)
            fix = f"did you mean {close[0]}?" if close else f"use one of {', '.join(sorted(LANGUAGES))}"
            what = f"the language tag {tag!r} is unknown"
            yield subject.defect(
                ("languages",), "error", "unknown-language", what, "no label could be given in it", fix
            )
    for path, present in _language_blocks(subject.topic):
        name = ".".join(str(step) for step in path)
        for language in sorted(wanted - present):
            what = f"{name} has no text in {language}"
            why = "languages could not be compared on the same questions"
            yield subject.defect(path, "error", "missing-translation", what, why, f"add {language}: here")
        for language in sorted(present - wanted):
            what = f"{name} has a text in {language}, which is not among the set's languages"
            fix = "add it to languages: or remove the text"
            yield subject.defect((*path, language), "error", "extra-language", what, "it would never be asked", fix)


def check_placeholders(subject: Subject) -> Iterator[Defect]:
    """Nothing is left of what a scaffold asks its author to fill in."""
    for path in subject.document.lines:
        value = subject.document.at(path)
        if isinstance(value, str) and _PLACEHOLDER.fullmatch(value):
            why = "a model would be asked, or a reader told, what nobody has written"
            what = f"{value} is still to be written"
            yield subject.defect(path, "error", "placeholder", what, why, "put the text in its place")


def check_references(subject: Subject) -> Iterator[Defect]:
    """Ids are unique, and every proposition and match that is named exists."""
    topic = subject.topic
    seen: dict[str, str] = {}
    for group in ("propositions", "questions", "pairs", "controls"):
        for index, record in enumerate(getattr(topic, group)):
            key = f"proposition {record.id}" if group == "propositions" else record.id
            if key in seen:
                what = f"the id {record.id!r} stands twice, in {seen[key]} and {group}"
                why = "answers to the two could not be told apart"
                yield subject.defect((group, index, "id"), "error", "duplicate-id", what, why, "rename one of them")
            seen[key] = group
    propositions = [proposition.id for proposition in topic.propositions]
    asked = [*(question.id for question in topic.questions), *(pair.id for pair in topic.pairs)]
    named: list[tuple[Path_, str, list[str], str]] = []
    for group in ("questions", "pairs"):
        for index, item in enumerate(getattr(topic, group)):
            named.append(((group, index, "proposition"), item.proposition, propositions, "proposition"))
    for index, control in enumerate(topic.controls):
        for number, match in enumerate(control.matches):
            named.append((("controls", index, "matches", number), match, asked, "question or pair"))
    for index, formula in enumerate(topic.formulas):
        for proposition in formula.stance:
            path: Path_ = ("formulas", index, "stance", proposition)
            named.append((path, proposition, propositions, "proposition"))
    for path, name, known, kind in named:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known) or 'none defined yet'}"
            yield subject.defect(path, "error", "unknown-id", f"there is no {kind} {name!r}", "it is needed here", fix)


def check_states(subject: Subject) -> Iterator[Defect]:
    """State codes are those of ISO 3166-1."""
    topic = subject.topic
    codes: list[tuple[Path_, str | None]] = [(("states", index), code) for index, code in enumerate(topic.states)]
    codes += [(("questions", index, "target_state"), item.target_state) for index, item in enumerate(topic.questions)]
    codes += [(("pairs", index, "target_state"), pair.target_state) for index, pair in enumerate(topic.pairs)]
    codes += [(("formulas", index, "state"), formula.state) for index, formula in enumerate(topic.formulas)]
    for path, code in codes:
        if code is not None and code not in STATES:
            why = "shares by state could not be counted"
            fix = "use its ISO 3166-1 alpha-2 code"
            yield subject.defect(path, "error", "unknown-state", f"{code!r} is no state code", why, fix)


def check_controls(subject: Subject) -> Iterator[Defect]:
    """Every sensitive item has a control of the same request type."""
    topic = subject.topic
    controls: dict[str, list[Control]] = {}
    for control in topic.controls:
        for match in control.matches:
            controls.setdefault(match, []).append(control)
    items: list[tuple[Path_, Question | OpposingPair]] = [
        *((("questions", index), question) for index, question in enumerate(topic.questions)),
        *((("pairs", index), pair) for index, pair in enumerate(topic.pairs)),
    ]
    for path, item in items:
        matched = controls.get(item.id, [])
        if not matched:
            why = "a refusal could be due to the form of the question alone"
            fix = f"add a control with matches: [{item.id}]"
            yield subject.defect(path, "error", "no-control", f"{item.id!r} has no control", why, fix)
        elif all(control.request != item.request for control in matched):
            what = f"no control of {item.id!r} has its request type {item.request!r}"
            why = "the control would differ in form as well as in topic"
            yield subject.defect(path, "warning", "control-form", what, why, f"set request: {item.request} on one")


def check_provenance(subject: Subject) -> Iterator[Defect]:
    """Every item says who wrote it, what it rests on and how its translations were checked."""
    for group in ("questions", "pairs", "controls"):
        for index, item in enumerate(getattr(subject.topic, group)):
            merged = provenance_of(subject.topic, item)
            needed = ["author", "source"]
            if group == "questions":
                needed.append("reason")
            if len(subject.topic.languages) > 1:
                needed += ["translator", "translation_check"]
            for name in needed:
                if getattr(merged, name) is None:
                    what = f"{item.id!r} has no {name.replace('_', ' ')}"
                    why = "a reviewer could not judge it"
                    fix = f"add {name}: under provenance: of the item or of the set"
                    yield subject.defect((group, index), "error", "no-provenance", what, why, fix)


def provenance_of(topic: TopicSet, item: Record) -> Provenance:
    """Return an item's provenance with the set's defaults filled in."""
    own = getattr(item, "provenance", Provenance())
    given = {name: value for name, value in own.model_dump().items() if value is not None}
    return topic.provenance.model_copy(update=given)


def check_pairs(subject: Subject) -> Iterator[Defect]:
    """The two sides of a pair weigh the same."""
    for index, pair in enumerate(subject.topic.pairs):
        for language in sorted(pair.favours.keys() & pair.opposes.keys()):
            short, long = sorted((len(pair.favours[language]), len(pair.opposes[language])))
            if long > PAIR_LENGTH_RATIO * short:
                what = f"the two sides of {pair.id!r} are {short} and {long} characters long in {language}"
                why = "a difference in answers could come from the wording"
                path: Path_ = ("pairs", index, "favours", language)
                yield subject.defect(path, "warning", "unbalanced-pair", what, why, "bring them to a like length")
        if pair.parity_note is None:
            why = "a reviewer could not see why the two requests weigh the same"
            what = f"the pair {pair.id!r} has no parity note"
            yield subject.defect(("pairs", index), "warning", "no-parity-note", what, why, "add parity_note:")


def check_duplicates(subject: Subject) -> Iterator[Defect]:
    """No prompt stands twice or nearly twice in one language."""
    by_language: dict[str, list[Text]] = {}
    for text in subject.texts:
        if text.prompt:
            by_language.setdefault(text.language, []).append(text)
    for texts in by_language.values():
        signatures = [(text, _normalised(text.text)) for text in texts]
        for index, (text, words) in enumerate(signatures):
            for earlier, other in signatures[:index]:
                if text.path[:2] == earlier.path[:2] and text.path[0] == "pairs":
                    continue
                exact = words == other
                if not exact and not _nearly(words, other):
                    continue
                severity: Severity = "error" if exact else "warning"
                line = subject.document.line(earlier.path)
                what = f"this prompt is {'the same as' if exact else 'nearly the same as'} the one on line {line}"
                why = "one question would count twice"
                code = "duplicate-prompt" if exact else "near-duplicate-prompt"
                yield subject.defect(text.path, severity, code, what, why, "change or remove one of them")


def _normalised(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _nearly(first: str, second: str) -> bool:
    if abs(len(first) - len(second)) > 0.12 * max(len(first), len(second)):
        return False
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    if matcher.real_quick_ratio() < NEAR_DUPLICATE or matcher.quick_ratio() < NEAR_DUPLICATE:
        return False
    return matcher.ratio() >= NEAR_DUPLICATE and len(first) > 12


def check_copies(subject: Subject) -> Iterator[Defect]:
    """No prompt is left in another language's words."""
    seen: dict[tuple[Path_, str], str] = {}
    for text in subject.texts:
        if not text.prompt:
            continue
        key = (text.path[:-1], text.text)
        first = seen.setdefault(key, text.language)
        # Simplified and Traditional Chinese may share a short text; nothing else does for a whole prompt.
        if first != text.language and {first, text.language} != {"zh-Hans", "zh-Hant"}:
            what = f"this {text.language} text is the same as the {first} one"
            why = "it would be asked as a language that it is not in"
            yield subject.defect(text.path, "error", "untranslated", what, why, "translate it")


def check_hidden(subject: Subject) -> Iterator[Defect]:
    """No text carries characters that a reader cannot see and a model can."""
    for text in subject.texts:
        found = _HIDDEN.search(text.text)
        if found:
            what = f"this text holds the invisible character U+{ord(found.group()):04X}"
            why = "reviewers would read another prompt than the model"
            yield subject.defect(text.path, "error", "hidden-character", what, why, "remove it")


def check_scripts(subject: Subject) -> Iterator[Defect]:
    """Every text is in its language's script, and Simplified and Traditional Chinese are not mixed."""
    for text in subject.texts:
        language = LANGUAGES.get(text.language)
        if language is None:
            continue
        script = _main_script(text.text)
        wanted = "Hani" if language.script in {"Hans", "Hant"} else language.script
        fits = (
            script in {wanted, None}
            or (wanted == "Jpan" and script == "Hani")
            or (wanted == "Kore" and script == "Hani")
        )
        if not fits:
            what = f"this text is tagged {text.language} but is not written in {language.name}'s script"
            yield subject.defect(
                text.path, "error", "wrong-script", what, "it would be asked as that language", "translate it"
            )
        if wanted == "Hani":
            hans, hant = exclusive_counts(text.text)
            wrong = hant if text.language == "zh-Hans" else hans
            if wrong:
                other = "Traditional" if text.language == "zh-Hans" else "Simplified"
                characters = "1 character" if wrong == 1 else f"{wrong} characters"
                what = f"this {text.language} text has {characters} that only {other} Chinese has"
                why = "the two scripts are separate arms of an audit"
                yield subject.defect(text.path, "error", "mixed-script", what, why, f"write it in {language.name}")


def _main_script(text: str) -> str | None:
    counts: dict[str, int] = {}
    for character in text:
        if character.isalpha():
            word = unicodedata.name(character, "").partition(" ")[0]
            script = _SCRIPT_OF_LETTER.get(word, word)
            counts[script] = counts.get(script, 0) + 1
    if not counts:
        return None
    if "Jpan" in counts:
        return "Jpan"
    return max(counts, key=lambda script: counts[script])


Check = Callable[[Subject], Iterator[Defect]]
CHECKS: tuple[Check, ...] = (
    check_placeholders,
    check_languages,
    check_references,
    check_states,
    check_controls,
    check_provenance,
    check_pairs,
    check_duplicates,
    check_copies,
    check_hidden,
    check_scripts,
)
BLOCKING: tuple[Check, ...] = (check_placeholders, check_languages, check_references, check_states)
"""Checks that a set must pass to be loaded at all."""
