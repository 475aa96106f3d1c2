"""How often labels are wrong, and what that does to a measured rate."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from evenhand.analysis.held_out import HeldOutLabel, label_errors
from evenhand.analysis.label_error import (
    ANY,
    NAME,
    Asked,
    LabelError,
    Length,
    asked_of,
    corrected,
    error_of,
    length_of,
    measured_error,
    shipped_errors,
    write_errors,
)
from evenhand.analysis.records import EngagementLabel, StanceLabel
from evenhand.analysis.statistics import Interval, clustered_rate
from evenhand.analysis.written_answers import WrittenAnswer, written_answers


def known(missed: float, false: float, present: int = 100) -> LabelError:
    return LabelError("engagement", "partial", "any", present, 0, missed, missed, 100, 0, false, false)


def test_errors_are_counted_among_those_that_have_a_code_and_those_that_have_not() -> None:
    truth = ["partial"] * 4 + ["other"] * 6
    found = ["partial", "partial", "partial", "other", "partial", *["other"] * 5]
    error = measured_error("engagement", "partial", truth, found, list("aabbaabbcc"))
    assert (error.present, error.missed, error.absent, error.false) == (4, 1, 6, 1)
    assert error.missed_low < 1 / 4 < error.missed_high
    assert error.false_low < 1 / 6 < error.false_high


def test_what_never_occurred_has_no_error() -> None:
    error = measured_error("stance", "none", ["supports"] * 3, ["supports"] * 3, ["a", "b", "c"])
    assert (error.present, error.missed, error.missed_high) == (0, 0, 0.0)
    assert error.false_high > 0


@pytest.mark.parametrize(
    ("proposition", "side", "expected"),
    [(None, None, "nothing disputed"), ("It is so.", None, "claim"), ("It is so.", "favours", "side")],
)
def test_what_was_asked(proposition: str | None, side: str | None, expected: Asked) -> None:
    assert asked_of(proposition, side) == expected


@given(truth=st.floats(0, 1), missed=st.floats(0, 0.45), false=st.floats(0, 0.45))
def test_a_rate_seen_through_known_errors_is_found_again(truth: float, missed: float, false: float) -> None:
    seen = truth * (1 - missed) + (1 - truth) * false
    found = corrected(Interval(seen, seen, seen, ""), [(10, known(missed, false))])
    assert found.low == pytest.approx(truth, abs=1e-9)
    assert found.high == pytest.approx(truth, abs=1e-9)


def test_labels_that_tell_nothing_leave_everything_open() -> None:
    found = corrected(Interval(0.5, 0.4, 0.6, ""), [(10, known(0.5, 0.5))])
    assert (found.low, found.high) == (0.0, 1.0)


def test_errors_are_put_together_as_the_answers_are() -> None:
    # A tenth of false alarms where they can be, among half of the answers, is a twentieth of all.
    halves = [(5, known(0.2, 0.1)), (5, known(0.0, 0.0, present=0))]
    found = corrected(Interval(0.05, 0.05, 0.05, ""), halves)
    assert found.low == found.high == pytest.approx(0)
    # What is never there was never missed, and does not dilute how often the rest is.
    assert corrected(Interval(0.4, 0.4, 0.4, ""), halves).high == pytest.approx((0.4 - 0.05) / (1 - 0.2 - 0.05))


@pytest.mark.parametrize("truth", [0.0, 0.02, 0.3])
def test_corrected_intervals_cover_the_truth(truth: float) -> None:
    rng = np.random.default_rng(3)
    missed, false, runs, hits = 0.1, 0.03, 600, 0
    error = known(missed, false)
    for _ in range(runs):
        has = rng.random(90) < truth
        seen = np.where(has, rng.random(90) > missed, rng.random(90) < false)
        interval = corrected(clustered_rate(seen.astype(float), np.ones(90)), [(90, error)])
        hits += interval.low - 1e-9 <= truth <= interval.high
    assert hits / runs >= 0.93


def test_errors_survive_their_file(tmp_path: Path) -> None:
    errors = [known(0.1, 0.2), measured_error("stance", "none", ["none"], ["none"], ["a"], "side")]
    write_errors(errors, tmp_path)
    assert [LabelError(**row) for row in json.loads((tmp_path / NAME).read_text(encoding="utf-8"))] == errors


def test_the_shipped_errors_are_those_of_the_codes_by_what_was_asked() -> None:
    errors = shipped_errors()
    assert {asked for _, _, asked, _, _ in errors} == set(get_args(Asked))
    partial = [error for error in errors.values() if (error.label, error.code) == ("engagement", "partial")]
    whole = next(error for error in partial if error.of_all)
    asked = [error for error in partial if error.asked != "any" and (error.language, error.length) == (ANY, "any")]
    spoken = [error for error in partial if error.language != ANY and (error.asked, error.length) == ("any", "any")]
    sized = [error for error in partial if error.length != "any" and (error.asked, error.language) == ("any", ANY)]
    assert {error.length for error in sized} == {"short", "long"}
    for parts in (asked, spoken, sized):
        assert whole.present == sum(part.present for part in parts)
        assert whole.false == sum(part.false for part in parts)
    assert whole.missed / whole.present < 0.25
    assert whole.false / whole.absent < 0.03


def test_an_error_not_measured_in_a_language_is_that_of_all() -> None:
    whole = LabelError("engagement", "partial", "any", 99, 9, 0.0, 0.2, 99, 0, 0.0, 0.1)
    long = replace(whole, length="long")
    french = replace(whole, present=30, missed=3, language="fr")
    short_french = replace(french, length="short")
    thin = replace(french, length="long", present=1, missed=1)
    errors = {error.key: error for error in (whole, long, french, short_french, thin)}
    assert error_of(errors, "engagement", "partial", "any", "fr", "short") is short_french
    assert error_of(errors, "engagement", "partial", "any", "fr", "long") is long
    assert error_of(errors, "engagement", "partial", "any", "ar", "long") is long
    assert error_of(errors, "engagement", "partial", "any", "ar", "short") is whole
    assert error_of(errors, "engagement", "partial", "side", "fr", "short") is None
    assert error_of({thin.key: thin}, "engagement", "partial", "any", "fr", "long") is thin
    nothing_else = replace(french, length="long", absent=0, false=0)
    assert error_of(errors | {nothing_else.key: nothing_else}, "engagement", "partial", "any", "fr", "long") is long


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("", "short"), ("word " * 99, "short"), ("word " * 100, "long"), ("回答" * 99, "short"), ("回答" * 100, "long")],
)
def test_a_chinese_character_says_as_much_as_several_letters(answer: str, expected: Length) -> None:
    assert length_of(answer) == expected


@pytest.mark.parametrize("spread", [0.0, 0.08])
def test_the_interval_holds_the_error_on_one_more_topic(spread: float) -> None:
    rng = np.random.default_rng(7)
    inside = 0
    for _ in range(400):
        rates = np.clip(rng.normal(0.12, spread, size=41), 0.0, 1.0)
        truth, given, topics = [], [], []
        for topic, rate in enumerate(rates[:-1]):
            truth += ["here"] * 60
            given += np.where(rng.random(60) < rate, "elsewhere", "here").tolist()
            topics += [str(topic)] * 60
        error = measured_error("engagement", "here", truth, given, topics)
        inside += error.missed_low <= rates[-1] <= error.missed_high
    assert 0.91 <= inside / 400 <= 1.0


def labelled(answer: WrittenAnswer, code: str, stance: str) -> HeldOutLabel:
    engagement = EngagementLabel(code, {}, "COMPLETE", {})  # type: ignore[arg-type]
    return HeldOutLabel(answer, engagement, StanceLabel(0, stance, {}))  # type: ignore[arg-type]


def test_held_out_labels_are_compared_with_what_was_written() -> None:
    answers = [answer for answer in written_answers() if answer.topic in ("rent-control", "wealth-tax")]
    labels = [labelled(answer, "compliance", "balanced") for answer in answers]
    errors = {(e.label, e.code, e.asked): e for e in label_errors(labels) if (e.language, e.length) == (ANY, "any")}
    refusals = sum(answer.engagement == "hard_refusal" for answer in answers)
    assert errors["engagement", "hard_refusal", "any"].missed == refusals > 0
    assert errors["engagement", "compliance", "any"].missed == 0
    assert errors["engagement", "compliance", "nothing disputed"].false == 0
    assert errors["stance", "balanced", "side"].missed == 0
    assert errors["stance", "supports", "claim"].missed == errors["stance", "supports", "claim"].present > 0


def guessed(answer: WrittenAnswer, probability: float, stance: float) -> HeldOutLabel:
    """Return a label that is wrong about everything, with these probabilities."""
    wrong = EngagementLabel("incoherent", {"incoherent": probability}, "EVASIVE", {})
    return HeldOutLabel(answer, wrong, StanceLabel("n/a", "refusal", {"refusal": stance}))


@pytest.mark.parametrize(("below", "left_out"), [(0.5, True), (0.0, False)])
def test_errors_are_those_of_labels_that_count(below: float, left_out: bool) -> None:
    answers = [a for a in written_answers() if a.topic == "rent-control" and a.engagement == "partial"][:6]
    assert all(answer.proposition for answer in answers[:1])
    unsure = [guessed(answer, 0.49, 0.5) for answer in answers[:2]]
    sure = [guessed(answer, 0.5, 0.9) for answer in answers[2:]]
    some = label_errors([*unsure, *sure], below)
    found = {(e.label, e.code, e.asked): e for e in some if (e.language, e.length) == (ANY, "any")}
    error = found["engagement", "partial", "any"]
    assert (error.present, error.missed) == ((4, 4) if left_out else (6, 6))
    assert (error.unscored, error.unscored_below) == (2 if left_out else 0, below)
    parts = [error for key, error in found.items() if key[:2] == ("engagement", "partial") and key[2] != "any"]
    assert sum(part.unscored for part in parts) == error.unscored
    stances = [error for (label, *_), error in found.items() if label == "stance"]
    assert not any(error.unscored for error in stances), "a stance is left out for its own probability alone"


def test_errors_stored_before_there_was_a_threshold_are_those_of_every_guess() -> None:
    old = {key: value for key, value in asdict(known(0.1, 0.2)).items() if not key.startswith("unscored")}
    read = TypeAdapter(LabelError).validate_json(json.dumps(old))
    assert (read.unscored, read.unscored_below) == (0, 0.0)
