"""Who is asked: the protocol every target follows, and the registry of target types."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from difflib import get_close_matches
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, ClassVar, Protocol, Self

from pydantic import BaseModel, ConfigDict

from ..errors import EvenhandError, TargetError
from ..probes.records import Item
from .records import Response, TargetDescription

ENTRY_POINT_GROUP = "evenhand.targets"


class TargetSettings(BaseModel):
    """Base of every target type's settings: what stands beside ``name`` and ``type`` in the audit file.

    A field never holds a key or token, only the name of the environment variable that does.

    Attributes:
        may_change: Fields that may differ when a run is resumed because they cannot change an answer, such as
            concurrency and time-outs.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    may_change: ClassVar[frozenset[str]] = frozenset()

    @property
    def longest_answer(self) -> int | None:
        """Limit on an answer in tokens, under whichever of its usual names this type has it."""
        names = ("max_new_tokens", "max_tokens", "max_completion_tokens")
        return next((value for name in names if (value := getattr(self, name, None)) is not None), None)

    def beside(self, folder: Path) -> Self:
        """Return these settings with relative paths taken from ``folder``, the audit file's own."""
        del folder
        return self

    def answering_json(self) -> Self:
        """Return these settings with every answer a JSON object, where this type can promise that; by default as is."""
        return self

    def identity(self) -> dict[str, object]:
        """Return what must stay the same for a run to be resumed, as JSON values."""
        return self.model_dump(mode="json", exclude=set(self.may_change))


class Target(Protocol):
    """One language model reached in one way with one group of settings.

    A third party registers a class under the entry-point group ``evenhand.targets``; the entry point's name is the
    ``type`` in the audit file.

    Attributes:
        Settings: The class its settings are validated with; ``settings`` is an instance of it.
        name: Name in the audit.
    """

    Settings: ClassVar[type[TargetSettings]]
    name: str

    def __init__(self, name: str, settings: Any) -> None: ...

    def card(self) -> TargetDescription:
        """Return what a reader must know about this target; cheap, and allowed before ``open``."""
        ...

    async def open(self) -> None:
        """Get ready to be asked: load the model, reach the endpoint, read the file.

        Raises:
            TargetError: It cannot be asked; the message carries the fix.
        """
        ...

    def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        """Yield one response for each item as it is finished, in any order.

        What goes wrong with one item is a response with ``failure`` set, not an exception. An item that yields nothing
        counts as not asked. A target that can no longer be asked at all raises ``TargetError``.
        """
        ...

    def stop(self) -> None:
        """Begin nothing new: ``ask`` ends once what is in flight is finished. Called from the event loop's thread."""
        ...

    async def close(self) -> None:
        """Free what ``open`` took; also called where ``open`` failed."""
        ...


def path_beside(folder: Path, value: str) -> str:
    """Return ``value`` as a path below ``folder`` where it names something there or begins with a dot.

    Anything else (an absolute path, a hub id) comes back as it is, with ``~`` expanded.
    """
    path = Path(value).expanduser()
    if path.is_absolute():
        return str(path)
    beside = folder / path
    return str(beside) if value.startswith(".") or beside.exists() else value


def target_types() -> dict[str, EntryPoint]:
    """Return every installed target type, name to entry point, sorted by name."""
    return {point.name: point for point in sorted(entry_points(group=ENTRY_POINT_GROUP), key=lambda point: point.name)}


def target_class(kind: str) -> type[Target]:
    """Return the class of target type ``kind``.

    Raises:
        TargetError: There is no such type, or its plug-in cannot be imported.
    """
    types = target_types()
    if kind not in types:
        close = get_close_matches(kind, types, n=1)
        hint = f"did you mean {close[0]}?" if close else f"use one of {', '.join(types) or 'none installed'}"
        raise TargetError(f"there is no target type {kind!r}", fix=hint)
    point = types[kind]
    try:
        loaded: type[Target] = point.load()
    except EvenhandError:
        raise
    except Exception as error:
        source = point.dist.name if point.dist else point.value
        raise TargetError(
            f"the target type {kind!r} of {source} cannot be loaded ({type(error).__name__}: {error})",
            fix=f"reinstall or remove {source}",
        ) from error
    settings = getattr(loaded, "Settings", None)
    if not (isinstance(settings, type) and issubclass(settings, TargetSettings)):
        raise TargetError(f"the target type {kind!r} has no Settings class derived from TargetSettings")
    return loaded
