"""The registry of target types, plug-ins included, and what the folder exports."""

from __future__ import annotations

import asyncio
import subprocess
import sys

import pytest

import evenhand.runtime
from evenhand.errors import TargetError
from evenhand.runtime.audit import read_audit
from evenhand.runtime.run import run_audit
from evenhand.runtime.store import RunStore
from evenhand.runtime.targets import target_class, target_types

PLUGIN = """
from typing import ClassVar
from evenhand.runtime.records import Response, TargetDescription
from evenhand.runtime.targets import TargetSettings


class ParrotSettings(TargetSettings):
    words: int


class Parrot:
    Settings: ClassVar[type[TargetSettings]] = ParrotSettings

    def __init__(self, name, settings):
        self.name, self._settings = name, settings

    def card(self):
        return TargetDescription("parrot", "parrot-1", "in process", {"words": str(self._settings.words)})

    async def open(self):
        pass

    async def ask(self, items):
        for item in items:
            yield Response(item.id, self.name, text=" ".join(item.prompt.split()[: self._settings.words]))

    def stop(self):
        pass

    async def close(self):
        pass
"""


@pytest.fixture
def plugin(tmp_path, monkeypatch):
    folder = tmp_path / "site"
    info = folder / "parrot-1.0.dist-info"
    info.mkdir(parents=True)
    (folder / "parrot_target.py").write_text(PLUGIN)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: parrot\nVersion: 1.0\n")
    points = ["parrot = parrot_target:Parrot", "absent = parrot_target:Nobody", "string = parrot_target:__name__"]
    (info / "entry_points.txt").write_text("\n".join(["[evenhand.targets]", *points, ""]))
    monkeypatch.syspath_prepend(str(folder))
    yield
    sys.modules.pop("parrot_target", None)


@pytest.mark.usefixtures("plugin")
def test_a_plug_in_is_a_target_like_any_other(tmp_path, kit):
    assert "parrot" in target_types()
    audit = read_audit(kit.audit(tmp_path, "  - {name: polly, type: parrot, words: 2}"))
    summary = asyncio.run(run_audit(audit, tmp_path / "run", catalogue=kit.catalogue(3)))
    assert summary.exit_code == 0
    with RunStore.read(tmp_path / "run") as store:
        assert [answer.response.text for answer in store.answers()] == ["What is"] * 3
        assert store.cards()["polly"].settings == {"words": "2"}


@pytest.mark.usefixtures("plugin")
@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("absent", "the target type 'absent' of parrot cannot be loaded .*; reinstall or remove parrot"),
        ("string", "the target type 'string' has no Settings class"),
    ],
)
def test_a_broken_plug_in_is_named(kind, says):
    with pytest.raises(TargetError, match=says):
        target_class(kind)


def test_the_folder_exports_what_it_says():
    for name in evenhand.runtime.__all__:
        assert getattr(evenhand.runtime, name).__name__ == name
    assert sorted(evenhand.runtime._HOMES) == sorted(evenhand.runtime.__all__)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = evenhand.runtime.nothing


def test_importing_the_folder_imports_nothing_heavy():
    program = (
        "import sys, evenhand.runtime.targets, evenhand.runtime.audit, evenhand.runtime.run; "
        "print([m for m in ('torch', 'transformers', 'pandas', 'numpy', 'aiohttp', 'rich') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
