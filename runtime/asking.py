"""Asks several targets at once, so that no signal and no target's defect costs the others their answers."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager

from ..errors import EvenhandError, StoreError
from ..probes.records import Item
from .chat_protocol import one_line
from .progress import Progress
from .records import Response
from .secrets import masked
from .targets import Target


class Asking:
    """Several targets that are asked at the same time.

    Attributes:
        interrupted: Whether SIGINT or SIGTERM has come. The first one lets what is in flight finish.
    """

    def __init__(self, targets: Sequence[Target], progress: Progress):
        self.interrupted = False
        self._targets = targets
        self._progress = progress

    async def run(self, ask: Callable[[Target], Coroutine[None, None, None]]) -> None:
        """Run ``ask`` for every target at once until all have ended or a second signal has come.

        Raises:
            StoreError: Whatever ``ask`` lets through; the other targets are stopped.
        """
        tasks = [asyncio.create_task(ask(target), name=target.name) for target in self._targets]
        with _signals(lambda: self._interrupt(tasks)):
            try:
                # The first exception here is the store's: without it, going on would lose answers.
                await asyncio.gather(*tasks)
            except asyncio.CancelledError:
                if not self.interrupted:
                    raise
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
                self._progress.close()

    def _interrupt(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        if self.interrupted:
            for task in tasks:
                task.cancel()
            return
        self.interrupted = True
        self._progress.note("stopping once what is in flight is finished; interrupt again to stop at once")
        for target in self._targets:
            target.stop()


@asynccontextmanager
async def opened(target: Target) -> AsyncIterator[None]:
    """Open ``target`` for the block, and close it after it, also where it could not be opened.

    Raises:
        TargetError: It cannot be asked.
    """
    try:
        await target.open()
        yield
    finally:
        await target.close()


async def ask_each(target: Target, items: Sequence[Item], take: Callable[[Response], None]) -> None:
    """Ask an open target ``items`` and hand each response to ``take`` in the moment it comes.

    Raises:
        RuntimeError: The target answered what it was not asked.
        TargetError: It can no longer be asked.
    """
    waiting = {item.id for item in items}
    responses = target.ask(items)
    try:
        async for response in responses:
            if response.item_id not in waiting or response.target != target.name:
                raise RuntimeError(f"it answered {response.item_id!r}, which it was not asked")
            waiting.remove(response.item_id)
            take(response)
    finally:
        if isinstance(responses, AsyncGenerator):
            await responses.aclose()


async def problem_of(name: str, asking: Awaitable[None]) -> str | None:
    """Return why asking the target ``name`` came to a bad end, in one sentence; None where it did not.

    Raises:
        StoreError: The store could not be written, which is no fault of the target's.
    """
    try:
        await asking
    except StoreError:
        raise
    except EvenhandError as error:
        return str(error)
    except Exception as error:
        # A defect of one target, perhaps a plug-in's, must not cost the others their answers.
        return f"target {name!r} failed ({masked(one_line(f'{type(error).__name__}: {error}'))})"
    return None


@contextmanager
def _signals(handler: Callable[[], None]) -> Iterator[None]:
    """Call ``handler`` on SIGINT and SIGTERM while the block runs; outside the main thread signals stay as they are."""
    loop = asyncio.get_running_loop()
    added: list[signal.Signals] = []
    previous = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        for number in previous:
            try:
                loop.add_signal_handler(number, handler)
            except (NotImplementedError, RuntimeError, ValueError):
                break
            added.append(number)
        yield
    finally:
        for number in added:
            loop.remove_signal_handler(number)
            # None stands for a handler that was not set from Python and cannot be set back from here.
            signal.signal(number, previous[number] or signal.SIG_DFL)
