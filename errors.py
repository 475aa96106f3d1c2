"""Every error evenhand raises on purpose.

::

    EvenhandError                 base: catch this to catch them all
    ├── UserError                 the input is wrong; one sentence with the fix      exit 2
    │   ├── AuditFileError        audit.yaml
    │   ├── TopicSetError         a topic set
    │   ├── TranscriptError       a JSONL or CSV of answers
    │   ├── TargetError           a model, endpoint or key that cannot be used
    │   ├── RunFolderError        a run folder that is missing, in use or not one
    │   └── MissingExtraError     an optional dependency is not installed
    ├── RunError                  the run could not be finished                      exit 1
    │   └── StoreError            run.sqlite could not be written or read
    └── GateError                 a measured value broke a stated threshold          exit 3

A ``UserError`` names the file, the line, the value and the fix where they exist, and is shown without a traceback.
"""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar


class EvenhandError(Exception):
    """Base of every error in this package.

    Attributes:
        exit_code: What the command line exits with when this error ends it.
    """

    exit_code: ClassVar[int] = 1


class UserError(EvenhandError):
    """Input that a person can mend.

    Args:
        problem: What is wrong, as one clause without a full stop, naming the offending value.
        fix: What to do about it, as one clause in the imperative.
        file: The file it is in.
        line: The line it is on, counted from 1.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self, problem: str, *, fix: str | None = None, file: Path | str | None = None, line: int | None = None
    ):
        self.problem = problem
        self.fix = fix
        self.file = None if file is None else str(file)
        self.line = line
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        where = "" if self.file is None else self.file + (f":{self.line}" if self.line is not None else "") + ": "
        return f"{where}{self.problem}" + (f"; {self.fix}" if self.fix else "")


class AuditFileError(UserError):
    """An audit file that cannot be used."""


class TopicSetError(UserError):
    """A topic set that cannot be used."""


class TranscriptError(UserError):
    """Recorded answers that cannot be read."""


class TargetError(UserError):
    """A target that cannot be asked: unreadable model, unreachable endpoint, missing key."""


class RunFolderError(UserError):
    """A run folder that is missing, in use by another process, or belongs to another audit."""


class MissingExtraError(UserError):
    """An optional dependency is missing.

    Args:
        package: The package that could not be imported.
        extra: The extra of evenhand that brings it.
    """

    def __init__(self, package: str, extra: str):
        super().__init__(f"{package} is not installed", fix=f"install it with: pip install 'evenhand[{extra}]'")


class RunError(EvenhandError):
    """A run that could not be finished."""


class StoreError(RunError):
    """The run's database could not be written or read."""


class GateError(EvenhandError):
    """A measured value broke a stated threshold."""

    exit_code: ClassVar[int] = 3
