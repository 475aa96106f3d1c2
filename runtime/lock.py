"""Keeps two processes from writing one run folder."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType

from ..errors import RunFolderError, StoreError

LOCK_NAME = "run.lock"


class RunLock:
    """An advisory lock on a run folder, held by one process and freed by the kernel if that process dies.

    The lock is the kernel's (``flock``), not the file: a ``run.lock`` left over from a killed process locks nothing.

    Args:
        folder: The run folder; it must exist.

    Raises:
        RunFolderError: Another process holds the lock; the message names its process id.
        StoreError: The folder cannot be written.
    """

    def __init__(self, folder: Path):
        import fcntl  # not on Windows, where evenhand can still read runs

        path = folder / LOCK_NAME
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"{folder} cannot be written: {os.strerror(error.errno or errno.EIO)}") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = self._holder()
            os.close(self._descriptor)
            if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
                raise StoreError(f"{path} cannot be locked: {os.strerror(error.errno or errno.EIO)}") from error
            raise RunFolderError(
                f"{folder} is in use by {holder}", fix="wait until it has finished, or stop it, and run again"
            ) from None
        try:
            os.ftruncate(self._descriptor, 0)
            os.pwrite(self._descriptor, f"{os.getpid()}\n".encode(), 0)
        except OSError:
            # The number only serves the message above; on a full disk the lock holds without it.
            pass

    def _holder(self) -> str:
        digits = os.pread(self._descriptor, 32, 0).strip()
        return f"process {int(digits)}" if digits.isdigit() else "another process"

    def release(self) -> None:
        """Free the lock. The file stays: removing it would let two processes lock two different files."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def __enter__(self) -> RunLock:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.release()
