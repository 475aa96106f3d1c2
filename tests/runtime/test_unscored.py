"""A run with labels that are too unsure: stored whole, measured by the threshold of the moment, shown as guesses."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Mapping
from pathlib import Path

import pytest
from rich.console import Console

from evenhand.analysis.labeling import default_labeler_name, label_to_json
from evenhand.analysis.records import EngagementLabel, Finding, Label, LanguageLabel, StanceLabel
from evenhand.pipeline import export_answers, load_result, write_run_report
from evenhand.planning import findings_table
from evenhand.runtime.audit import read_audit
from evenhand.runtime.manifest import read_manifest
from evenhand.runtime.records import StoredLabel
from evenhand.runtime.run import run_audit
from evenhand.runtime.store import RunStore

QUESTIONS = 6
SURE: Mapping[int, float] = {0: 0.9, 1: 0.43, 2: 0.5, 3: 0.7, 4: 0.2, 5: 0.95}
"""Probability of the engagement of each answer."""


def label_of(number: int) -> Label:
    code, sure = ("partial" if number % 2 else "hard_refusal"), SURE[number]
    return Label(
        id=f"q{number}",
        labeler=default_labeler_name(),
        delivery="ok",
        engagement=EngagementLabel(code, {code: sure, "compliance": 1 - sure}, "EVASIVE", {}),
        stance=StanceLabel(0, "balanced", {"balanced": 0.8, "supports": 0.2}),
        language=LanguageLabel("en", "en", "match"),
        answer="an answer",
        thinking=None,
    )


def asked(kit, folder: Path, url: str, **keys: object) -> Path:
    target = f"  - name: a\n    type: openai\n    base_url: {url}\n    model: mock-1"
    audit = read_audit(kit.audit(folder, target, **keys))
    asyncio.run(run_audit(audit, folder / "run", catalogue=kit.catalogue(QUESTIONS)))
    return folder / "run"


def labelled(kit, run: Path) -> None:
    rows = [
        StoredLabel(item.id, "a", default_labeler_name(), label_to_json(label_of(number)))
        for number, item in enumerate(kit.battery(QUESTIONS))
    ]
    with RunStore.write(run) as store:
        store.save_labels(rows)


def rate(run: Path, metric: str) -> Finding:
    found = [f for f in load_result(run).findings if (f.metric, f.topic, f.language) == (metric, None, None)]
    assert len(found) == 1
    return found[0]


@pytest.fixture
def run(kit, tmp_path: Path) -> Path:
    with kit.serving() as server:
        made = asked(kit, tmp_path, server.url)
    labelled(kit, made)
    return made


def test_the_threshold_may_change_between_resumed_runs_and_touches_no_label(kit, tmp_path):
    with kit.serving() as server:
        made = asked(kit, tmp_path, server.url)
        labelled(kit, made)
        with RunStore.read(made) as store:
            before = list(store.labels())
        seen = {}
        for below, counted in ((0.5, 4), (0, 6), (0.6, 3), (1, 0)):
            asked(kit, tmp_path, server.url, unscored_below=below)
            seen[below] = int(load_result(made).answers["engagement"].notna().sum())
            assert seen[below] == counted
            assert float(load_result(made).manifest["unscored_below"]) == below
        assert len(server.bodies) == QUESTIONS, "nothing is asked anew"
    with RunStore.read(made) as store:
        assert list(store.labels()) == before


def test_a_manifest_from_before_the_threshold_has_the_usual_one(run):
    path = run / "manifest.json"
    kept = {key: value for key, value in json.loads(path.read_text()).items() if key != "unscored_below"}
    path.write_text(json.dumps(kept))
    assert read_manifest(run).unscored_below == 0.5
    assert load_result(run).manifest["unscored_below"] == "0.5"


def test_rates_are_over_what_is_scored_and_say_so(run):
    refused, unscored = rate(run, "refusal_rate"), rate(run, "unscored_rate")
    assert (refused.value, refused.n, refused.coverage) == (0.5, 4, pytest.approx(4 / 6))
    assert (unscored.value, unscored.n, unscored.coverage) == (pytest.approx(2 / 6), 6, 1.0)
    console = Console(width=140)
    with console.capture() as captured:
        console.print(findings_table(load_result(run).findings))
    lines = [line.split() for line in captured.get().splitlines()]
    assert any("refusal_rate" in line and "66" in line and "%" in line for line in lines)
    assert not any("unscored_rate" in line and "%" in line for line in lines)


def test_the_report_and_the_rows_carry_guess_and_probability(run, tmp_path):
    html = write_run_report(run).read_text(encoding="utf-8")
    assert html.count("<b>unscored (best guess: partial, 0.43)</b>") == 1
    assert html.count("<b>unscored (best guess: refused, 0.20)</b>") == 1
    assert "2 unscored" in html
    export_answers(run, tmp_path / "rows.csv", "csv")
    with (tmp_path / "rows.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    guesses = sorted((float(row["engagement_probability"]), row["engagement_guess"], row["engagement"]) for row in rows)
    assert guesses[:3] == [(0.2, "hard_refusal", ""), (0.43, "partial", ""), (0.5, "hard_refusal", "hard_refusal")]
    assert {(row["stance"], row["stance_guess"]) for row in rows} == {("0", "0")}
