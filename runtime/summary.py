"""How a run ended, for people and for the exit status."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

INTERRUPTED = 130
"""Exit status of a run that a person or the system stopped, as shells have it."""


@dataclass(frozen=True, slots=True)
class TargetSummary:
    """How far a run has come with one target.

    Attributes:
        name: Name in the audit.
        planned: Items of the battery.
        stored_before: Items that had a settled response when this run began.
        answered: Items with an answer, and those whose prompt is too long for the model.
        blocked: Items whose answer the provider withheld, wholly or in part.
        failed: Items that ended in an error; the next run asks them again.
        problem: Why the target could not be asked to the end, or None.
        remarks: What a person should know.
    """

    name: str
    planned: int
    stored_before: int
    answered: int
    blocked: int
    failed: int
    problem: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def not_asked(self) -> int:
        """Items without any response."""
        return self.planned - self.answered - self.blocked - self.failed


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run ended.

    Attributes:
        folder: The run folder.
        targets: One summary for each target, in the audit's order.
        interrupted: Whether it was stopped before its end.
    """

    folder: Path
    targets: tuple[TargetSummary, ...]
    interrupted: bool

    @property
    def exit_code(self) -> int:
        """0 where every target was asked to the end without errors, 130 where the run was stopped, 1 otherwise."""
        if self.interrupted:
            return INTERRUPTED
        return 1 if any(target.problem or target.failed for target in self.targets) else 0

    def sentences(self) -> Iterator[str]:
        """Yield what a person should know, one sentence each."""
        for target in self.targets:
            for remark in target.remarks:
                yield f"{target.name}: {remark}"
            if target.failed:
                noun = "item" if target.failed == 1 else "items"
                yield f"{target.name}: {target.failed} {noun} ended in an error; run again to ask only those"
            if target.problem:
                yield target.problem
        if self.interrupted:
            yield "the run was stopped; run again to ask what is missing"
