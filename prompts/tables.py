"""Topic sets as tables for spreadsheets, and back without loss.

A table has the columns ``path`` and ``value`` and one column a language. A row is one place of the set: a text in all
its languages, or one value that has none. ``questions.0.text`` is the first question's text, ``formulas.0.text.1`` the
second wording of the first formula.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import TopicSetError
from .records import Record, TextLists, Texts, TopicSet
from .yaml_lines import Path_

PATH, VALUE = "path", "value"
_LISTED = frozenset({"states", "languages", "drafts", "matches"})
"""Fields that are lists of single words; they stand in one cell."""

_NUMBERS = frozenset({"evenhand", "stance"})


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
        elif name in _LISTED:
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


def topic_from_table(text: str) -> dict[str, Any]:
    """Return what ``topic_table`` wrote, as plain mappings and lists for ``topic_yaml`` and the schema.

    Raises:
        TopicSetError: The table has not the columns it needs, or a path that leads nowhere.
    """
    reader = csv.DictReader(io.StringIO(text), strict=True)
    columns = list(reader.fieldnames or ())
    if columns[:2] != [PATH, VALUE] or len(columns) < 3:
        fix = "begin with the line path,value and one column for each language tag, as evenhand topics export does"
        raise TopicSetError("the table's first line does not name its columns", fix=fix, line=1)
    tree: dict[str, Any] = {}
    try:
        for row in reader:
            if None in row or None in row.values():
                fix = "give every line one cell for each column"
                raise TopicSetError("a line has too many or too few cells", fix=fix, line=reader.line_num)
            steps = tuple(int(step) if step.isdecimal() else step for step in row[PATH].split("."))
            texts = {tag: cell for tag in columns[2:] if (cell := row[tag])}
            _put(tree, steps, texts or _value(steps, row[VALUE] or ""), line=reader.line_num)
    except csv.Error as error:
        raise TopicSetError(f"the table is broken ({error})", fix="export it anew", line=reader.line_num + 1) from None
    whole: dict[str, Any] = _with_lists(tree, ())
    return whole


def _value(steps: Path_, cell: str) -> object:
    if steps[-1] in _LISTED:
        return cell.split()
    if steps[-1] == "stance":
        return {}
    if _NUMBERS.intersection(map(str, steps)):
        try:
            return int(cell)
        except ValueError:
            return cell
    return cell


def _put(tree: dict[str, Any], steps: Path_, value: object, line: int) -> None:
    node: Any = tree
    for step in steps[:-1]:
        node = node.setdefault(str(step), {})
        if not isinstance(node, dict):
            raise TopicSetError(f"the path {'.'.join(map(str, steps))} leads through a value", fix="mend it", line=line)
    node[str(steps[-1])] = value


def _with_lists(node: Any, at: Path_) -> Any:
    """Return the tree with numbered places as lists, and lists of texts by language."""
    if not isinstance(node, dict):
        return node
    members = {key: _with_lists(value, (*at, key)) for key, value in node.items()}
    if not at or not members or not all(key.isdecimal() for key in members):
        return members
    listed = [members[key] for key in sorted(members, key=int)]
    # Examples, cues and formulas are lists in each language; paraphrases and turns are texts one after the other.
    if at[-1] in ("examples", "cues") or (at[-1] == "text" and at[0] == "formulas"):
        tags = dict.fromkeys(tag for texts in listed for tag in texts)
        return {tag: [texts[tag] for texts in listed if tag in texts] for tag in tags}
    return listed


_PLAIN_START = frozenset("abcdefghijklmnopqrstuvwxyz")
_NOT_PLAIN = frozenset({"yes", "no", "on", "off", "true", "false", "null", "y", "n"})


def topic_yaml(tree: Mapping[str, Any]) -> str:
    """Return a set's content as YAML text in the layout of the shipped sets."""
    return "\n".join(_yaml_lines(tree, "")) + "\n"


def _yaml_lines(node: Mapping[str, Any], indent: str) -> Iterator[str]:
    for key, value in node.items():
        if isinstance(value, Mapping) and value and not all(isinstance(inner, int) for inner in value.values()):
            yield f"{indent}{key}:"
            yield from _yaml_lines(value, indent + "  ")
        elif isinstance(value, list) and any(isinstance(member, Mapping) for member in value):
            yield f"{indent}{key}:"
            for member in value:
                first, *rest = _yaml_lines(member, indent + "    ")
                yield f"{indent}  - {first.strip()}"
                yield from rest
        else:
            yield f"{indent}{key}: {_scalar(value)}"


def _scalar(value: object) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_scalar(member)}" for key, member in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_scalar(member) for member in value) + "]"
    if isinstance(value, int):
        return str(value)
    text = str(value)
    plain = text[:1] in _PLAIN_START and text.replace("-", "").isalnum() and text.isascii()
    return text if plain and text.lower() not in _NOT_PLAIN else json.dumps(text, ensure_ascii=False)


def plain_tree(topic: TopicSet) -> dict[str, Any]:
    """Return a set as plain mappings and lists, what is at its default left out."""
    tree: dict[str, Any] = json.loads(topic.model_dump_json(exclude_defaults=True))
    return tree
