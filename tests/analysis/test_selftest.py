"""The self-test with labelers whose mistakes are known."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console

from evenhand.analysis import selftest
from evenhand.analysis.records import EngagementLabel, Label, LanguageLabel, StanceLabel, Transcript
from evenhand.analysis.selftest import check_specimen, planted_rates, planted_values, run_selftest
from evenhand.analysis.selftest_table import render
from evenhand.runtime.records import Failure, Response
from evenhand.runtime.specimen import SPECIMENS, PlantedAnswer, PlantedTruth

Mistake = Callable[[PlantedAnswer, Label], Label]


class Knowing:
    """A labeler that knows the planted truth, and may be given one mistake to make."""

    name = "knowing-1"

    def __init__(self, planted: tuple[PlantedAnswer, ...], mistake: Mistake | None = None):
        self._planted = {(answer.item.id, answer.text.strip()): answer for answer in planted}
        self._mistake = mistake

    def label(self, transcripts: list[Transcript]) -> list[Label]:
        return [self._one(transcript) for transcript in transcripts]

    def _one(self, transcript: Transcript) -> Label:
        planted = self._planted.get((transcript.id, transcript.response))
        if planted is None:
            return label_of(transcript.id, None, None, "undetermined", None)
        values = planted_values(planted)
        made = label_of(
            transcript.id, values["engagement"], values["stance"], values["language"], values["official_state"]
        )
        return made if self._mistake is None else self._mistake(planted, made)


def label_of(name, engagement, stance, language, state) -> Label:
    return Label(
        id=name,
        labeler="knowing-1",
        delivery="ok" if engagement else "error",
        engagement=EngagementLabel(engagement, {}, "COMPLETE", {}, state),
        stance=StanceLabel({"supports": 2, "balanced": 0, "opposes": -2}.get(stance, "n/a"), stance or "refusal", {}),
        language=LanguageLabel("en", None, language),
        answer="Said in a line.",
        thinking=None,
    )


@pytest.fixture(scope="module")
def truth() -> dict[str, tuple[PlantedAnswer, ...]]:
    return {name: PlantedTruth(name).answers() for name in SPECIMENS}


@pytest.fixture
def recited(monkeypatch, truth) -> dict[str, dict[str, Response]]:
    """Let the specimens recite what they were taught, without a model."""
    said = {
        name: {
            answer.item.id: Response(
                item_id=answer.item.id, target=name, text=answer.text.strip(), finish_reason="stop"
            )
            for answer in answers
        }
        for name, answers in truth.items()
    }

    async def ask(name, planted):
        return said[name]

    monkeypatch.setattr(selftest, "_ask", ask)
    return said


def everything(truth) -> tuple[PlantedAnswer, ...]:
    return tuple(answer for answers in truth.values() for answer in answers)


def test_a_labeler_that_knows_the_truth_passes(recited, truth):
    lines = []
    result = run_selftest(Knowing(everything(truth)), lines.append)
    assert result.passed
    assert not result.misses
    assert all(rate.planted == pytest.approx(rate.measured) for rate in result.rates)
    for check in result.checks:
        assert check.exact == check.prompts == sum(check.confusion.values())
        assert set(check.agreed.values()) == {check.prompts}
    assert [line.split(":")[0] for line in lines] == ["tilted", "tilted", "even", "even"]


def test_every_scope_label_and_code_is_compared_zeros_too(recited, truth):
    result = run_selftest(Knowing(everything(truth)))
    asked = {(a.item.topic, a.item.family, a.item.language) for a in truth["even"]}
    compared = {(r.topic, r.family, r.language) for r in result.rates if r.specimen == "even"}
    assert asked < compared
    assert {language for _, _, language in compared} == {"en", "fr", "de", "zh-Hans", "zh-Hant", "all"}
    codes = {(r.kind, r.code) for r in result.rates if (r.specimen, r.topic, r.family) == ("even", "all", "all")}
    assert {("engagement", "hard_refusal"), ("stance", "opposes"), ("language", "full_switch")} < codes
    assert (
        next(
            r.planted
            for r in result.rates
            if (r.specimen, r.topic, r.language, r.code) == ("even", "all", "all", "hard_refusal")
        )
        == 0
    )


def refuse_all_french(planted: PlantedAnswer, label: Label) -> Label:
    if planted.item.language != "fr":
        return label
    return replace(label, engagement=replace(label.engagement, code="hard_refusal"))


def see_no_official_line(planted: PlantedAnswer, label: Label) -> Label:
    if planted.official_state is None:
        return label
    return replace(label, engagement=replace(label.engagement, code="one_sided", official_state=None))


def call_everything_german(planted: PlantedAnswer, label: Label) -> Label:
    return replace(label, language=replace(label.language, code="full_switch"))


def turn_stance_round(planted: PlantedAnswer, label: Label) -> Label:
    turned = {"supports": "opposes", "opposes": "supports"}.get(label.stance.stance_class)
    return (
        label
        if turned is None or planted.item.side != "favours"
        else replace(label, stance=replace(label.stance, stance_class=turned))
    )


@pytest.mark.parametrize(
    ("mistake", "kind", "codes", "specimens"),
    [
        (refuse_all_french, "engagement", {"hard_refusal", "compliance"}, {"tilted", "even"}),
        (see_no_official_line, "official_state", {"CN"}, {"tilted"}),
        (see_no_official_line, "engagement", {"official_line", "one_sided"}, {"tilted"}),
        (call_everything_german, "language", {"match", "full_switch"}, {"tilted", "even"}),
        (turn_stance_round, "stance", {"supports", "opposes"}, {"tilted", "even"}),
    ],
)
def test_a_labeler_with_a_known_mistake_misses_there(recited, truth, mistake, kind, codes, specimens):
    result = run_selftest(Knowing(everything(truth), mistake))
    assert not result.passed
    missed = [rate for rate in result.misses if rate.kind == kind]
    assert {rate.specimen for rate in missed} == specimens
    assert codes <= {rate.code for rate in missed}
    if mistake is refuse_all_french:
        assert {rate.language for rate in result.misses} <= {"fr", "all"}
    assert any(check.agreed[kind] < check.prompts for check in result.checks)


def unsure_of_refusals(planted: PlantedAnswer, label: Label) -> Label:
    unsure = planted.engagement == "hard_refusal"
    return replace(label, engagement=replace(label.engagement, scores={label.engagement.code: 0.4 if unsure else 0.9}))


def unsure_of_french(planted: PlantedAnswer, label: Label) -> Label:
    sure = 0.4 if planted.item.language == "fr" else 0.5
    return replace(label, stance=replace(label.stance, scores={label.stance.stance_class: sure}))


def test_leaving_out_what_was_planted_is_a_miss(recited, truth):
    result = run_selftest(Knowing(everything(truth), unsure_of_refusals))
    refusals = sum(answer.engagement == "hard_refusal" for answer in truth["tilted"])
    tilted, even = result.checks
    assert (tilted.unscored["engagement"], even.unscored) == (refusals, {})
    assert tilted.agreed["engagement"] == tilted.prompts - refusals
    assert tilted.confusion["hard_refusal", "unscored"] == refusals
    missed = {(rate.specimen, rate.code) for rate in result.misses if rate.kind == "engagement"}
    assert ("tilted", "hard_refusal") in missed
    assert not any(rate.specimen == "even" for rate in result.misses)
    over_all = next(r for r in result.rates if (r.specimen, r.topic, r.language, r.code) == OVER_ALL)
    assert over_all.n == tilted.prompts - refusals


OVER_ALL = ("tilted", "all", "all", "hard_refusal")


def test_where_nothing_could_be_scored_no_rate_is_compared(recited, truth):
    result = run_selftest(Knowing(everything(truth), unsure_of_french))
    assert {rate.language for rate in result.rates if rate.kind == "stance"} == {
        "en",
        "de",
        "zh-Hans",
        "zh-Hant",
        "all",
    }
    assert {rate.language for rate in result.rates if rate.kind == "engagement"} >= {"fr"}
    stream = io.StringIO()
    Console(file=stream, width=200).print(render(result))
    french = sum(answer.item.language == "fr" for answer in truth["even"])
    assert f"unscored: stance {french}" in stream.getvalue()


def test_a_state_that_was_never_planted_is_a_miss(recited, truth):
    result = run_selftest(
        Knowing(
            everything(truth),
            lambda planted, label: replace(label, engagement=replace(label.engagement, official_state="US")),
        )
    )
    assert {rate.code for rate in result.misses if rate.kind == "official_state"} == {"CN", "US"}


def test_a_specimen_that_does_not_answer_as_taught_fails(recited, truth):
    for item_id in list(recited["even"])[:6]:
        recited["even"][item_id] = Response(item_id=item_id, target="even", failure=Failure("target", "broken"))
    result = run_selftest(Knowing(everything(truth)))
    even = next(check for check in result.checks if check.specimen == "even")
    assert (even.exact, even.sound) == (even.prompts - 6, False)
    assert not result.passed
    assert sum(count for (_, measured), count in even.confusion.items() if measured == "none") == 6


def test_what_a_deflection_in_another_script_is_to_be_labelled(truth):
    deflected = next(answer for answer in truth["tilted"] if answer.engagement == "deflection")
    for asked, code in (("fr", "full_switch"), ("zh-Hant", "script_switch"), ("zh-Hans", "match")):
        item = replace(deflected.item, language=asked)
        assert planted_values(replace(deflected, item=item, language="zh-Hans"))["language"] == code


def test_the_result_shows_the_worst_misses_and_counts_all(recited, truth):
    result = run_selftest(Knowing(everything(truth), see_no_official_line))
    stream = io.StringIO()
    Console(file=stream, width=140).print(render(result))
    text = stream.getvalue()
    assert "FAILED" in text
    shown = text.count("miss: ")
    assert shown == min(20, len(result.misses))
    assert shown == len(result.misses) or f"and {len(result.misses) - shown} more" in text
    assert "is no finding about any real model" in " ".join(text.split())
    assert "knowing-1" in text
    assert max(map(len, text.splitlines())) <= 140


def test_rates_need_one_label_an_answer(truth):
    with pytest.raises(ValueError, match="shorter"):
        list(planted_rates("even", truth["even"], [], {}))
    with pytest.raises(ValueError, match="shorter"):
        check_specimen("even", truth["even"], {}, [])


@pytest.mark.local
@pytest.mark.slow
def test_the_specimens_answer_as_they_were_taught(truth):
    pytest.importorskip("torch")
    result = run_selftest(Knowing(everything(truth)))
    assert {check.specimen: check.prompts - check.exact for check in result.checks} == {"tilted": 0, "even": 0}
    assert result.passed
