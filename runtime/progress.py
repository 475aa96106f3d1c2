"""Tells a person how a run is getting on: bars on a terminal, plain lines elsewhere, or nothing."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from time import monotonic
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self, TextIO

from .records import Response
from .rows import is_settled

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress
    from rich.progress import TaskID

LINE_EVERY = 10.0
"""Seconds between two plain lines of one target."""


class Progress(Protocol):
    """What a run reports to."""

    def begin(self, target: str, planned: int, done: int) -> None:
        """Say that ``target`` is being opened; ``done`` of ``planned`` items are stored already."""
        ...

    def advance(self, response: Response) -> None:
        """Say that a response has been stored."""
        ...

    def end(self, target: str, problem: str | None) -> None:
        """Say that ``target`` is finished, or why it is not."""
        ...

    def note(self, sentence: str) -> None:
        """Say something that concerns the whole run."""
        ...

    def close(self) -> None:
        """Take everything off the screen that moves."""
        ...


class QuietProgress:
    """Says nothing."""

    def begin(self, target: str, planned: int, done: int) -> None:
        """Do nothing."""

    def advance(self, response: Response) -> None:
        """Do nothing."""

    def end(self, target: str, problem: str | None) -> None:
        """Do nothing."""

    def note(self, sentence: str) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""


@dataclass(slots=True)
class _Count:
    planned: int
    done: int
    began: float
    new: int = 0
    errors: int = 0
    shown: float = 0.0

    def add(self, response: Response) -> None:
        self.new += 1
        if is_settled(response):
            self.done += 1
        else:
            self.errors += 1

    def rate(self, now: float) -> float:
        return self.new / max(now - self.began, 1e-9)

    def left(self, now: float) -> str:
        rate = self.rate(now)
        return duration((self.planned - self.done) / rate) if self.new else "unknown"


class LineProgress:
    """Writes a plain line about each target now and then; for logs and pipes."""

    def __init__(self, stream: TextIO | None = None, every: float = LINE_EVERY):
        self._stream = sys.stderr if stream is None else stream
        self._every = every
        self._counts: dict[str, _Count] = {}

    def begin(self, target: str, planned: int, done: int) -> None:
        """Write how much there is to ask."""
        now = monotonic()
        self._counts[target] = _Count(planned, done, now, shown=now)
        self._write(f"{target}: {planned - done} of {planned} to ask")

    def advance(self, response: Response) -> None:
        """Count, and write a line where the last one is old."""
        count, now = self._counts[response.target], monotonic()
        count.add(response)
        if now - count.shown >= self._every:
            count.shown = now
            self._write(
                f"{response.target}: {count.done}/{count.planned} done, {count.rate(now):.1f}/s, "
                f"{count.errors} errors, {count.left(now)} left"
            )

    def end(self, target: str, problem: str | None) -> None:
        """Write the final count, or the problem."""
        count = self._counts[target]
        state = f"{count.done}/{count.planned} done, {count.errors} errors"
        self._write(f"{target}: {state}" + (f"; {problem}" if problem else ""))

    def note(self, sentence: str) -> None:
        """Write the sentence."""
        self._write(sentence)

    def close(self) -> None:
        """Do nothing: lines stay."""

    def _write(self, line: str) -> None:
        print(line, file=self._stream, flush=True)


class BarProgress:
    """Shows a bar for each target on a terminal, with done, rate, errors and time left."""

    def __init__(self, stream: TextIO | None = None):
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._console = Console(file=sys.stderr if stream is None else stream)
        self._bars: RichProgress = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.completed:.0f}/{task.total:.0f}"),
            TextColumn("{task.fields[state]}"),
            console=self._console,
            refresh_per_second=4,
            expand=True,
        )
        self._counts: dict[str, _Count] = {}
        self._tasks: dict[str, TaskID] = {}
        self._bars.start()

    def begin(self, target: str, planned: int, done: int) -> None:
        """Add a bar."""
        from rich.markup import escape

        self._counts[target] = _Count(planned, done, monotonic())
        self._tasks[target] = self._bars.add_task(escape(target), total=planned, completed=done, state="opening")

    def advance(self, response: Response) -> None:
        """Move the bar."""
        count, now = self._counts[response.target], monotonic()
        count.add(response)
        errors = f"{count.errors} errors, " if count.errors else ""
        state = f"{count.rate(now):.1f}/s, {errors}{count.left(now)} left"
        self._bars.update(self._tasks[response.target], completed=count.done, state=state)

    def end(self, target: str, problem: str | None) -> None:
        """Stop the bar, and write the problem above it."""
        count = self._counts[target]
        state = "stopped" if problem else f"done, {count.errors} errors" if count.errors else "done"
        self._bars.update(self._tasks[target], state=state)
        if problem:
            self.note(problem)

    def note(self, sentence: str) -> None:
        """Write the sentence above the bars."""
        self._console.print(sentence, markup=False, highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Leave the bars as they are."""
        self._bars.stop()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def choose_progress(*, quiet: bool = False, stream: TextIO | None = None) -> Progress:
    """Return bars where ``stream`` (standard error by default) is a terminal, plain lines otherwise."""
    if quiet:
        return QuietProgress()
    where = sys.stderr if stream is None else stream
    return BarProgress(where) if where.isatty() else LineProgress(where)


def duration(seconds: float) -> str:
    """Return ``seconds`` in the two largest units that matter, such as ``2 min 5 s``."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
