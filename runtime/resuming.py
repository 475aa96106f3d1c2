"""Decides whether a stored run may go on with the audit at hand."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path

from ..errors import RunFolderError
from ..probes.records import Item
from .records import PlannedTarget


def identity_json(target: PlannedTarget) -> str:
    """Return the target's identity as canonical JSON."""
    return json.dumps(dict(target.identity), sort_keys=True)


def refuse_changed_items(folder: Path, stored: Sequence[Item], planned: Sequence[Item]) -> None:
    """Do nothing where every stored item is still planned as it was; planned items that are new do not matter.

    Raises:
        RunFolderError: An item was dropped or changed; the message names the first one and what differs.
    """
    by_id = {item.id: item for item in planned}
    for old in stored:
        new = by_id.get(old.id)
        if new is None:
            raise _another_audit(folder, f"the audit no longer asks {old.id}", "restore the audit's battery and seed")
        if new.content_hash != old.content_hash:
            raise _another_audit(folder, f"the text of {old.id} has changed", "restore the topic set")
        if new != old:
            names = [field.name for field in fields(Item) if getattr(new, field.name) != getattr(old, field.name)]
            raise _another_audit(folder, f"{old.id} has changed ({', '.join(names)})", "restore the topic set")


def refuse_changed_targets(folder: Path, stored: Mapping[str, str], planned: Sequence[PlannedTarget]) -> None:
    """Do nothing where every stored target is still planned as it was; planned targets that are new do not matter.

    Args:
        folder: The run folder, for the message.
        stored: Name to identity, as ``identity_json`` wrote it.
        planned: The targets of the audit at hand.

    Raises:
        RunFolderError: A target was dropped or changed; the message names it and the setting.
    """
    by_name = {target.name: target for target in planned}
    for name, text in stored.items():
        target = by_name.get(name)
        if target is None:
            raise _another_audit(folder, f"the audit no longer has the target {name!r}", "put it back")
        old, new = json.loads(text), json.loads(identity_json(target))
        for key in sorted(old.keys() | new.keys()):
            if old.get(key) != new.get(key):
                raise _another_audit(
                    folder,
                    f"the target {name!r} now has {key} = {new.get(key)!r} and was asked with {old.get(key)!r}",
                    "restore the setting, or give the changed target a name of its own",
                )


def _another_audit(folder: Path, what: str, fix: str) -> RunFolderError:
    return RunFolderError(
        f"{folder} holds another audit: {what}",
        fix=f"{fix}, or start a new run under another name, because answers to different questions must not be mixed",
    )
