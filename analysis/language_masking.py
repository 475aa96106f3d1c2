"""What is taken out of an answer before its language is judged: quotations, links, code, and names in other scripts."""

from __future__ import annotations

import re

_BRACKETED = (
    r"```.*?(?:```|\Z)"
    r"|`[^`\n]{1,300}`"
    r"|\\[A-Za-z]{1,30}"
    r"|“[^”\n]{1,600}”|„[^“”\n]{1,600}[“”]|«[^»\n]{1,600}»|‹[^›\n]{1,300}›|\"[^\"\n]{1,600}\""
    r"|「[^」\n]{1,600}」|『[^』\n]{1,600}』|《[^》\n]{1,200}》|〈[^〉\n]{1,200}〉"
    r"|<[A-Za-z/!][^<>\n]{0,200}>"
)
_LINK = r"|(?:https?://|www\.)\S+"
_MAIL_OR_QUOTED_LINE = r"|(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,64}(?:\.[\w-]{1,64}){1,5}|^[ \t]*>[^\n]*$"
_PLAIN, _WITH_LINKS, _EVERYTHING = (
    re.compile(pattern, re.DOTALL | re.MULTILINE)
    for pattern in (_BRACKETED, _BRACKETED + _LINK, _BRACKETED + _LINK + _MAIL_OR_QUOTED_LINE)
)
_MARKS = '`\\“„«‹"「『《〈<'
"""What ``_BRACKETED`` matches begins with one of these."""

_STRAIGHT = re.compile(r"\"[^\"\n]{1,600}\"")
_QUOTED_LINE = re.compile(r"\n[ \t]*>")
_NOT_NEWLINE = re.compile(r"[^\n]")

_LATIN = "A-Za-zÀ-ÖØ-öø-ÿ"
_LATIN_WORD = re.compile(f"[{_LATIN}]+")
_NAME = re.compile(f"(?<![{_LATIN}])[A-ZÀ-ÖØ-Þ][{_LATIN}0-9'’&.-]*(?:[ -](?:of|the|de|la|du|des|for|and)(?= ))*")
MAX_NAME_WORDS = 6
"""More capitalised words than this in a row are a heading, not a name."""

MIN_WORDS = 3
"""From so many lower-case words on, a stretch of Latin script is text and no name."""


def mask(text: str) -> str:
    """Return ``text`` with quotations, links and code blanked out; positions stay."""
    # Patterns of which every alternative begins with a character of its own are searched for ten times faster.
    if "@" in text or (">" in text and (text.lstrip(" \t")[:1] == ">" or _QUOTED_LINE.search(text) is not None)):
        pattern = _EVERYTHING
    elif "://" in text or "www." in text:
        pattern = _WITH_LINKS
    else:
        marks = [mark for mark in _MARKS if mark in text]
        if not marks:
            return text
        # A pattern that begins with one character is searched for faster still; most answers have no other marks.
        pattern = _STRAIGHT if marks == ['"'] else _PLAIN
    return pattern.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    found = match.group()
    return _NOT_NEWLINE.sub(" ", found) if "\n" in found else " " * len(found)


def without_names(sentence: str) -> str:
    """Return a sentence in another script with Latin names and acronyms blanked out; positions stay."""
    words: list[str] = _LATIN_WORD.findall(sentence)
    lower = sum(word[:1].islower() for word in words)
    if lower >= MIN_WORDS or (lower == 0 and len(words) > MAX_NAME_WORDS):
        return sentence
    return _NAME.sub(lambda match: " " * len(match.group()), sentence)
