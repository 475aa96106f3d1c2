"""Reads hostile YAML and remembers the line of every key and value, for topic sets and audit files alike.

Anchors, aliases, tags and duplicate keys are refused: a file that people review must read as it stands.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, NoReturn, TypeVar, Union, cast, get_args, get_origin

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from ..errors import UserError

MAX_BYTES = 16 * 1024 * 1024
MAX_DEPTH = 60
_NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The safe loader, in C where it is there: ten times as fast."""

_STARTS = frozenset({yaml.MappingStartEvent, yaml.SequenceStartEvent})
_ENDS = frozenset({yaml.MappingEndEvent, yaml.SequenceEndEvent})
_INT = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NUMBER_STARTS = frozenset("+-.0123456789")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}

_KEY_ERRORS = frozenset({"missing", "extra_forbidden"})
_WANTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
}

Path_ = tuple[str | int, ...]
Model = TypeVar("Model", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a file.

    Attributes:
        problem: What is wrong, with the value.
        fix: What to do about it.
        line: Line, counted from 1.
        code: Short name of the kind of fault.
    """

    problem: str
    fix: str
    line: int
    code: str


@dataclass(frozen=True, slots=True)
class Document:
    """A YAML file as plain data with the line of everything in it.

    Attributes:
        path: The file.
        data: Mappings, lists and scalars.
        lines: Line of each key path, counted from 1.
    """

    path: Path
    data: Any
    lines: Mapping[Path_, int] = field(repr=False)

    def line(self, path: Path_) -> int:
        """Return the line of ``path``, or of its nearest ancestor that stands in the file."""
        while path:
            if path in self.lines:
                return self.lines[path]
            path = path[:-1]
        return 1

    def at(self, path: Path_) -> Any:
        """Return the value at ``path``, or None."""
        value = self.data
        for step in path:
            try:
                value = value[step]
            except (KeyError, IndexError, TypeError):
                return None
        return value


def read_yaml(path: Path, error: type[UserError]) -> Document:
    """Return the YAML mapping in ``path``.

    Args:
        path: The file.
        error: What to raise.

    Raises:
        UserError: ``error``, where the file is missing, too long, no text, no YAML, or uses what is refused here.
    """
    try:
        # A pipe or device would never end, so only a regular file is opened.
        if path.exists() and not path.is_file():
            raise error("this is not a file", fix="name a YAML file", file=path)
        with path.open("rb") as stream:
            raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as problem:
        detail = getattr(problem, "strerror", None) or problem
        raise error(f"the file cannot be read ({detail})", fix="check its name", file=path) from None
    if len(raw) > MAX_BYTES:
        raise error(f"the file is longer than {MAX_BYTES // 2**20} MiB", fix="split it", file=path)
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = raw.count(b"\n", 0, problem.start) + 1
        raise error("the file is not UTF-8 text", fix="save it as UTF-8", file=path, line=line) from None
    return parse_yaml(text, path, error)


def parse_yaml(text: str, path: Path, error: type[UserError]) -> Document:
    """Return the YAML mapping in ``text``; ``path`` only names it in messages.

    Raises:
        UserError: As ``read_yaml``.
    """
    strange = _NOT_TEXT.search(text)
    if strange:
        line = text.count("\n", 0, strange.start()) + 1
        problem = f"there is a control character U+{ord(strange.group()):04X}"
        raise error(problem, fix="remove it", file=path, line=line)
    reader = _Reader(path, error)
    try:
        data = reader.read(yaml.parse(text, Loader=LOADER))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None) or getattr(problem, "context_mark", None)
        line = 1 if mark is None else mark.line + 1
        what = f"the file is no valid YAML ({getattr(problem, 'problem', None) or problem})"
        raise error(what, fix="check indentation, colons and quotation marks here", file=path, line=line) from None
    if not isinstance(data, dict):
        raise error("the file holds no mapping of keys to values", fix="start it with 'evenhand: 1'", file=path, line=1)
    return Document(path, data, reader.lines)


class _Reader:
    """Turns parser events into plain data, noting lines on the way; an explicit stack keeps nesting harmless."""

    def __init__(self, path: Path, error: type[UserError]):
        self.path = path
        self.error = error
        self.lines: dict[Path_, int] = {}
        self._data: Any = None
        self._open: list[tuple[dict[str, Any] | list[Any], Path_]] = []
        # A container's own key waits here until the container is closed; None means that a key comes next.
        self._keys: list[str | None] = []

    def read(self, events: Iterable[Any]) -> Any:
        """Return the plain data of one document."""
        documents = 0
        for event in events:
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind in _STARTS:
                self._start(event, {} if kind is yaml.MappingStartEvent else [])
            elif kind in _ENDS:
                self._open.pop()
                self._keys.pop()
            elif kind is yaml.AliasEvent:
                self._refuse(f"the reference {event.anchor!r} is used", "write the text out", event)
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    self._refuse("a second document begins here", "keep one document, without '---'", event)
        return self._data

    def _scalar(self, event: Any) -> None:
        self._refuse_extras(event)
        text: str = event.value
        # Escapes in double quotes can write what the file itself may not contain.
        if event.style == '"' and _NOT_TEXT.search(text):
            self._refuse(f"the text {text[:40]!r} holds a control character", "remove the escape", event)
        if self._key_is_due():
            self._take_key(text, event)
        else:
            self._put(_resolved(text) if event.implicit[0] else text, event)

    def _key_is_due(self) -> bool:
        return bool(self._open) and self._keys[-1] is None and isinstance(self._open[-1][0], dict)

    def _take_key(self, key: str, event: Any) -> None:
        data, path = self._open[-1]
        if event.implicit[0] and not isinstance(_resolved(key), str):
            self._refuse(f"the key {key!r} is no word", "put it in quotation marks", event)
        if key in data:
            first = self.lines[(*path, key)]
            self._refuse(f"the key {key!r} stands twice, first on line {first}", "remove one of them", event)
        self._keys[-1] = key
        self.lines[(*path, key)] = event.start_mark.line + 1

    def _start(self, event: Any, container: dict[str, Any] | list[Any]) -> None:
        self._refuse_extras(event)
        if self._key_is_due():
            self._refuse("a key is not a word", "use a plain word as key", event)
        if len(self._open) >= MAX_DEPTH:
            self._refuse("values are nested too deeply", "flatten them", event)
        path = self._put(container, event)
        self._open.append((container, path))
        self._keys.append(None)

    def _put(self, value: Any, event: Any) -> Path_:
        if not self._open:
            self._data = value
            self.lines[()] = event.start_mark.line + 1
            return ()
        parent, path = self._open[-1]
        if isinstance(parent, dict):
            key = self._keys[-1]
            assert key is not None  # noqa: S101  # a mapping's value follows its key in every event stream
            parent[key] = value
            self._keys[-1] = None
            return (*path, key)
        here = (*path, len(parent))
        self.lines[here] = event.start_mark.line + 1
        parent.append(value)
        return here

    def _refuse_extras(self, event: Any) -> None:
        if event.anchor is not None:
            self._refuse(f"the reference {event.anchor!r} is used", "write the text out", event)
        if event.tag is not None:
            self._refuse(f"the tag {event.tag!r} is used", "remove it", event)

    def _refuse(self, problem: str, fix: str, event: Any) -> NoReturn:
        raise self.error(problem, fix=fix, file=self.path, line=event.start_mark.line + 1)


def _resolved(text: str) -> str | int | float | bool | None:
    """Return a plain scalar's value by YAML 1.2's core rules: ``NO`` is Norway, ``1:30`` and ``.inf`` are text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] in _NUMBER_STARTS:
        if _INT.fullmatch(text):
            return int(text)
        if len(text) <= 40 and _FLOAT.fullmatch(text) and math.isfinite(float(text)):
            return float(text)
    return text


def validated(document: Document, model: type[Model]) -> tuple[Model | None, tuple[Fault, ...]]:
    """Return ``document`` as ``model``, or None and everything that is wrong with it."""
    try:
        # JSON is where strict models take lists for tuples and text for paths, and still no "3" or true for a number.
        return model.model_validate_json(json.dumps(document.data, ensure_ascii=False)), ()
    except ValidationError as error:
        return None, _faults(document, model, error.errors(include_url=False))


def require(document: Document, model: type[Model], error: type[UserError]) -> Model:
    """Return ``document`` as ``model``.

    Raises:
        UserError: ``error`` with the first fault and how many more there are.
    """
    value, faults = validated(document, model)
    if value is None:
        first = min(faults, key=lambda fault: fault.line)
        raise first_fault(first, len(faults) - 1, document.path, error)
    return value


def first_fault(fault: Fault, more: int, path: Path, error: type[UserError]) -> UserError:
    """Return ``error`` for one fault, saying how many more there are."""
    fix = fault.fix + (f" ({more} more fault{'s' if more > 1 else ''} in this file)" if more else "")
    return error(fault.problem, fix=fix, file=path, line=fault.line)


def _faults(document: Document, model: type[BaseModel], errors: list[ErrorDetails]) -> tuple[Fault, ...]:
    """Return one fault for each place in the file: a value that fits no branch of a union has an error for each."""
    places: dict[tuple[Path_, str], list[ErrorDetails]] = {}
    for details in errors:
        path = _path_in(document, details["loc"])
        places.setdefault((path, details["type"] if details["type"] in _KEY_ERRORS else ""), []).append(details)
    faults = []
    for (path, kind), group in places.items():
        # Where a list's entry is at fault, that the list is not the word "all" is no news.
        deeper = any(len(other) > len(path) and other[: len(path)] == path for other, _ in places)
        if kind == "" and deeper and all(len(details["loc"]) > len(path) for details in group):
            continue
        if kind:
            faults += [_key_fault(document, model, path, details) for details in group]
        else:
            faults.append(_value_fault(document, path, group))
    # A misspelt key makes two faults, of which the missing one would only send the reader astray.
    return tuple(sorted(dict.fromkeys(faults), key=lambda fault: fault.code == "missing-key"))


def _key_fault(document: Document, model: type[BaseModel], path: Path_, details: ErrorDetails) -> Fault:
    location, line = details["loc"], document.line(path)
    key = str(location[-1])
    if details["type"] == "missing":
        where = f" in {_name(path)}" if path else ""
        return Fault(f"the key {key!r} is missing{where}", f"add {key}:", line, "missing-key")
    known = _field_names(model, location[:-1])
    close = get_close_matches(key, known, n=1)
    fix = f"did you mean {close[0]!r}?" if close else f"use one of {', '.join(known) or 'none: no key belongs here'}"
    return Fault(f"there is no key {key!r} here", fix, line, "unknown-key")


def _value_fault(document: Document, path: Path_, group: list[ErrorDetails]) -> Fault:
    line, given = document.line(path), _shown(group[0].get("input"))
    name = _name(path) or "the file"
    own = [str(details.get("ctx", {}).get("error", "")) for details in group if details["type"] == "value_error"]
    if own:
        return Fault(f"{name}: {own[0]}", "correct it", line, "value")
    wanted = " or ".join(dict.fromkeys(_wanted(details) for details in group))
    kind = "type" if any(details["type"].endswith("_type") for details in group) else "value"
    return Fault(f"{name} is {given}, but must be {wanted}", _mending(group), line, kind)


def _mending(group: list[ErrorDetails]) -> str:
    kinds = {details["type"] for details in group}
    if "string_type" in kinds:
        return "put it in quotation marks"
    if kinds & {"tuple_type", "list_type"} and isinstance(group[0].get("input"), str):
        return "write it as a list: [a, b]"
    return "correct it"


def _wanted(details: ErrorDetails) -> str:
    kind, context = details["type"], details.get("ctx", {})
    if kind in _WANTED:
        return _WANTED[kind]
    if kind in ("literal_error", "enum"):
        return str(context.get("expected", "another value"))
    message = (
        details["msg"].removeprefix("Input should be ").removeprefix("String should ").removeprefix("Input should ")
    )
    return message[:1].lower() + message[1:]


def _name(path: Path_) -> str:
    return ".".join(str(step) for step in path)


def _path_in(document: Document, location: tuple[int | str, ...]) -> Path_:
    """Return the part of ``location`` that stands in the file; discriminators of unions do not."""
    path: Path_ = ()
    for step in location:
        if (*path, step) in document.lines:
            path = (*path, step)
    return path


def _shown(value: object) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, (list, tuple)):
        return "a list"
    if value is None:
        return "empty"
    return text if len(text) <= 60 else text[:57] + "…"


def _field_names(model: type[BaseModel], location: tuple[int | str, ...]) -> list[str]:
    """Return the keys allowed at ``location``, by walking the model's annotations."""
    current: Any = model
    for step in location:
        current = _inner(current, step)
        if current is None:
            return []
    found = _model_of(current)
    return [] if found is None else list(found.model_fields)


def _model_of(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return next((found for part in get_args(annotation) if (found := _model_of(part)) is not None), None)
    return None


def _inner(annotation: Any, step: int | str) -> Any:
    model = _model_of(annotation)
    if model is not None:
        info = model.model_fields.get(str(step))
        return None if info is None else info.annotation
    arguments = get_args(annotation)
    if get_origin(annotation) in (Union, UnionType, Annotated):
        return next((found for part in arguments if (found := _inner(part, step)) is not None), None)
    if isinstance(step, int) and arguments:
        return arguments[0]
    return cast(Any, arguments[1]) if len(arguments) == 2 else None
