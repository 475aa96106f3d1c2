"""Topic sets as tables for spreadsheets, and back without loss.

A table has the columns ``path`` and ``value`` and one column a language. A row is one place of the set: a text in all
its languages, or one value that has none. ``questions.0.text`` is the first question's text, ``formulas.0.text.1`` the
second wording of the first formula.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, get_args, get_origin

from ..errors import TopicSetError
from .languages import LANGUAGES
from .records import SCHEMA_VERSION, Record, TextLists, Texts, TopicSet
from .yaml_lines import Path_

PATH, VALUE = "path", "value"
_INDEX = re.compile(r"[0-9]{1,4}")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,60}")
_NUMBER = re.compile(r"-?[0-9]{1,4}")


def topic_table(topic: TopicSet) -> str:
    """Return a set as CSV text."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [PATH, VALUE, *topic.languages], lineterminator="\n")
    writer.writeheader()
    for path, cells in _rows(topic, ()):
        writer.writerow({PATH: ".".join(map(str, path)), **cells})
    return out.getvalue()


def _rows(record: Record, at: Path_) -> Iterator[tuple[Path_, Mapping[str, str]]]:
    for name, field in type(record).model_fields.items():
        value, path = getattr(record, name), (*at, name)
        if field.annotation == Texts:
            yield path, value
        elif field.annotation == TextLists:
            yield from _list_rows(value, path)
        elif _is_words(field.annotation):
            yield path, {VALUE: " ".join(value)}
        elif isinstance(value, Record):
            yield from _rows(value, path)
        elif isinstance(value, tuple):
            for index, member in enumerate(value):
                yield from [((*path, index), member)] if isinstance(member, dict) else _rows(member, (*path, index))
        elif isinstance(value, dict):
            yield path, {VALUE: ""}
            for key, number in value.items():
                yield (*path, key), {VALUE: str(number)}
        elif value is not None:
            yield path, {VALUE: str(value)}


def _list_rows(texts: Mapping[str, tuple[str, ...]], at: Path_) -> Iterator[tuple[Path_, Mapping[str, str]]]:
    for number in range(max(map(len, texts.values()), default=0)):
        yield (*at, number), {tag: listed[number] for tag, listed in texts.items() if number < len(listed)}


def topic_from_table(rows: Iterable[tuple[int, Mapping[str, str]]]) -> dict[str, Any]:
    """Return what ``topic_table`` wrote, as plain mappings and lists for ``topic_yaml`` and the schema.

    Args:
        rows: Line and cells by column of each row; an empty cell may be left out. Rows without a path are skipped.

    Raises:
        TopicSetError: A path leads nowhere or stands twice, or a cell is in a column where it does not belong.
    """
    tree: dict[str | int, Any] = {}
    for line, row in rows:
        if path := row.get(PATH, "").strip():
            _put(tree, path, row, line)
    whole: dict[str, Any] = _shaped(tree, TopicSet)
    return whole


def _put(tree: dict[str | int, Any], path: str, row: Mapping[str, str], line: int) -> None:
    (*before, last), kind = _place(path, line)
    node: Any = tree
    for step in before:
        node = node.setdefault(step, {})
    value = _content(kind, row, line)
    if _is_scores(kind):
        # A table that was sorted may name the stance after what is in it.
        node.setdefault(last, value)
    elif last in node:
        raise TopicSetError(f"the path {_shown(path)} stands twice", fix="remove one of the lines", line=line)
    else:
        node[last] = value


def _place(path: str, line: int) -> tuple[Path_, Any]:
    """Return a path's steps, each one checked against the schema, and the annotation of the place they lead to."""
    steps: Path_ = ()
    kind: Any = TopicSet
    for name in path.split("."):
        step = int(name) if _is_list(kind) and _INDEX.fullmatch(name) else name
        kind = _inside(kind, step)
        if kind is None:
            fix = "write paths as evenhand topics export does, such as questions.0.text"
            raise TopicSetError(f"the path {_shown(path)} leads nowhere at {_shown(name)}", fix=fix, line=line)
        steps = (*steps, step)
    if _is_record(kind) or _is_list(kind):
        fix = f"name a place in it, such as {steps[-1]}.{'0' if _is_list(kind) else next(iter(kind.model_fields))}"
        raise TopicSetError(f"the path {_shown(path)} is no single text or value", fix=fix, line=line)
    return steps, kind


def _inside(kind: Any, step: str | int) -> Any:
    """Return the annotation of what is at ``step`` in a place of the annotation ``kind``, None where nothing is."""
    if _is_record(kind):
        field = kind.model_fields.get(step)
        return None if field is None else field.annotation
    if _is_list(kind):
        member = Texts if kind == TextLists else get_args(kind)[0]
        return member if isinstance(step, int) else None
    if _is_scores(kind):
        return int if _NAME.fullmatch(str(step)) else None
    return None


def _is_record(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Record)


def _is_words(kind: Any) -> bool:
    """Whether a place is a list of single words; they stand in one cell."""
    return get_origin(kind) is tuple and get_origin(get_args(kind)[0]) is Annotated


def _is_list(kind: Any) -> bool:
    """Whether a place is a list with a row a member, in each language or of whole records."""
    return kind == TextLists or (get_origin(kind) is tuple and not _is_words(kind))


def _is_scores(kind: Any) -> bool:
    """Whether a place maps ids, which may have any name, to numbers."""
    return get_origin(kind) is dict and kind not in (Texts, TextLists)


def _content(kind: Any, row: Mapping[str, str], line: int) -> object:
    texts = {column: cell for column, cell in row.items() if column not in (PATH, VALUE) and cell}
    cell = row.get(VALUE, "")
    for tag in texts:
        if tag not in LANGUAGES:
            fix = f"remove the column or name it by one of {', '.join(sorted(LANGUAGES))}"
            raise TopicSetError(f"the column {_shown(tag)} is no language tag", fix=fix, line=line)
    if cell if kind == Texts else texts:
        there, wanted = (VALUE, "a language's column") if kind == Texts else (next(iter(texts)), VALUE)
        raise TopicSetError(f"the column {there!r} is filled in", fix=f"move the cell to {wanted}", line=line)
    if kind == Texts:
        return texts
    if _is_scores(kind):
        return {}
    if _is_words(kind):
        return cell.split()
    number = kind is int or get_args(kind) == (SCHEMA_VERSION,)
    return int(cell) if number and _NUMBER.fullmatch(cell.strip()) else cell


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:59] + "…")


def _shaped(node: Any, kind: Any) -> Any:
    """Return the tree with numbered places as lists, and lists of texts by language."""
    if _is_record(kind):
        return {name: _shaped(member, kind.model_fields[name].annotation) for name, member in node.items()}
    if not _is_list(kind):
        return node
    members = [_shaped(node[number], _inside(kind, number)) for number in sorted(node)]
    if kind != TextLists:
        return members
    tags = dict.fromkeys(tag for texts in members for tag in texts)
    return {tag: [texts[tag] for texts in members if tag in texts] for tag in tags}


_PLAIN_START = frozenset("abcdefghijklmnopqrstuvwxyz")
_PLAIN_KEY = re.compile(r"[a-z][A-Za-z0-9_-]*")
_NOT_PLAIN = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})
_INVISIBLE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")
"""Characters that break a line of YAML, or cannot be written to a file, where they are not escaped."""


def topic_yaml(tree: Mapping[str, Any]) -> str:
    """Return a set's content as YAML text in the layout of the shipped sets."""
    return "\n".join(_yaml_lines(tree, "")) + "\n"


def _yaml_lines(node: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value and not all(isinstance(inner, int) for inner in value.values()):
            yield f"{indent}{_key(key)}:"
            yield from _yaml_lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(member, Mapping) for member in value):
            yield f"{indent}{_key(key)}:"
            for member in value:
                first, *rest = _yaml_lines(member, indent + "    ") if member else ("{}",)
                yield f"{indent}  - {first.strip()}"
                yield from rest
        else:
            yield f"{indent}{_key(key)}: {_scalar(value)}"


def _key(key: str) -> str:
    return key if _PLAIN_KEY.fullmatch(key) and key.lower() not in _NOT_PLAIN else _quoted(key)


def _quoted(text: str) -> str:
    return _INVISIBLE.sub(lambda found: f"\\u{ord(found.group()):04x}", json.dumps(text, ensure_ascii=False))


def _scalar(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(key)}: {_scalar(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_scalar(member) for member in value) + "]"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = text[:1] in _PLAIN_START and text.replace("-", "").isalnum() and text.isascii()
    return text if plain and text.lower() not in _NOT_PLAIN else _quoted(text)


def plain_tree(topic: TopicSet) -> dict[str, Any]:
    """Return a set as plain mappings and lists, what is at its default left out."""
    tree: dict[str, Any] = json.loads(topic.model_dump_json(exclude_defaults=True))
    return tree
