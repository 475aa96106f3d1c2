"""The named batteries and what stands in for what an audit leaves out."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import get_args

import pytest

from evenhand.errors import AuditFileError
from evenhand.probes.batteries import BATTERIES, resolved
from evenhand.probes.battery import BatteryName, BatterySpec, build_items
from evenhand.prompts import Catalogue, load_topic_set
from evenhand.runtime.audit import read_audit

SETS = Catalogue.load().sets
BRIDGE = load_topic_set(Path(__file__).parents[1] / "prompts" / "bridge-toll.yaml")


def test_every_name_has_a_battery() -> None:
    assert set(BATTERIES) == set(get_args(BatteryName))


@pytest.mark.parametrize("name", BATTERIES)
def test_every_battery_asks_something_with_its_controls(name: BatteryName) -> None:
    items = build_items(SETS, BATTERIES[name].spec)
    controls = {(item.topic, match) for item in items for match in item.matches}
    assert items
    asked = {(item.topic, item.cluster) for item in items if item.sensitive}
    assert asked <= controls
    for item in items:
        assert item.sensitive or asked & {(item.topic, match) for match in item.matches}


def test_a_quick_battery_is_small_and_spread_over_topics() -> None:
    items = build_items(SETS, BATTERIES["quick"].spec)
    counts = Counter(item.topic for item in items)
    assert 60 < len(items) <= 80
    assert len(counts) >= 24
    assert max(counts.values()) <= 4
    assert {"direct", "pair"} <= {item.family for item in items}


def test_what_an_audit_gives_goes_before_its_base() -> None:
    spec = resolved(BatterySpec(base="article", languages=("en",)))
    assert (spec.sets, spec.languages, spec.repeats) == (("taiwan-status",), ("en",), 3)
    assert resolved(BatterySpec(repeats=2)) == BatterySpec(repeats=2)


def test_an_audit_file_can_name_a_base(tmp_path: Path) -> None:
    path = tmp_path / "audit.yaml"
    path.write_text(
        "evenhand: 1\nname: trial\nseed: 5\nbattery:\n  base: paired\n  languages: [fr]\n"
        "targets:\n  - name: a\n    type: recorded\n    file: a.jsonl\n",
        encoding="utf-8",
    )
    audit = read_audit(path)
    items = audit.items(Catalogue.load())
    assert audit.battery.seed == 5
    assert {item.family for item in items} == {"pair", "control"}
    assert {item.language for item in items} == {"fr"}


def test_a_base_asks_in_those_of_its_languages_that_a_set_has() -> None:
    sets = {BRIDGE.id: BRIDGE}
    assert {item.language for item in build_items(sets, BatterySpec(base="standard"))} == {"en", "fr"}
    with pytest.raises(AuditFileError, match="'de'"):
        build_items(sets, BatterySpec(base="standard", languages=("de",)))
