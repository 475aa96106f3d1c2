"""The document's structure, read back by a parser."""

from __future__ import annotations

import hashlib
import re
from base64 import b64encode
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from report_synthetic import HOSTILE, audit_result

from evenhand.analysis.measure import measure
from evenhand.analysis.result import AuditResult
from evenhand.reports import render_report, write_report
from evenhand.reports.english import ENGLISH
from evenhand.reports.outcomes import OUTCOMES, outcome_code
from evenhand.reports.render import SECTIONS
from evenhand.reports.rows import Audit, plain_name, read_answers

VOID = {"meta", "link", "input", "br"}


class Document(HTMLParser):
    """Every element with its attributes, the text by the nearest id, and whether all tags match."""

    def __init__(self, html: str):
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.raw: dict[str, str] = {}
        self.problems: list[str] = []
        self._open: list[str] = []
        self.feed(html)
        self.close()
        self.problems += [f"{tag} left open" for tag in self._open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        self.problems += [f"{tag} has {name} twice" for name, n in Counter(names).items() if n > 1]
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.problems.append(f"stray </{tag}>")

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in {"style", "script"}:
            self.raw[self._open[-1]] = self.raw.get(self._open[-1], "") + data
        else:
            self.text.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def document(report: str) -> Document:
    return Document(report)


@pytest.fixture(scope="module")
def hostile(hostile_report: str) -> Document:
    return Document(hostile_report)


@pytest.mark.parametrize("name", ["document", "hostile"])
def test_tags_match_and_ids_are_unique(name: str, request: pytest.FixtureRequest) -> None:
    document: Document = request.getfixturevalue(name)
    assert document.problems == []
    ids = Counter(attributes["id"] for _, attributes in document.elements if "id" in attributes)
    assert [fragment for fragment, n in ids.items() if n > 1] == []


def test_every_section_has_a_heading_and_an_entry_in_the_contents(document: Document) -> None:
    sections = [a["id"] for a in document.all("section") if "id" in a]
    assert sections == [section.id for section in SECTIONS]
    links = {a["href"] for a in document.all("a")}
    assert {f"#{section.id}" for section in SECTIONS} <= links
    for tag, count in (("main", 1), ("h1", 1), ("nav", 1)):
        assert len(document.all(tag)) == count


def test_every_link_stays_in_the_document_and_arrives(document: Document) -> None:
    ids = {attributes.get("id") for _, attributes in document.elements}
    for link in document.all("a"):
        assert link["href"].startswith("#")  # type: ignore[union-attr]
        assert link["href"][1:] in ids  # type: ignore[index]


def test_the_policy_allows_exactly_the_style_and_script_that_are_there(document: Document) -> None:
    policy = next(a["content"] for a in document.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        digest = b64encode(hashlib.sha256(document.raw[tag].encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


@pytest.mark.parametrize("name", ["document", "hostile"])
def test_no_event_handler_no_style_attribute_nothing_loaded(name: str, request: pytest.FixtureRequest) -> None:
    document: Document = request.getfixturevalue(name)
    assert len(document.raw) == 2
    assert len(document.all("script")) == len(document.all("style")) == 1
    for tag, attributes in document.elements:
        assert tag not in {"img", "iframe", "object", "embed", "base", "video", "audio", "source", "use", "image"}
        for attribute, value in attributes.items():
            assert not attribute.startswith("on")
            assert attribute not in {"style", "src", "srcset", "srcdoc", "xlink:href", "action", "formaction"}
            assert not (attribute == "href" and tag == "a" and not (value or "").startswith("#"))


def test_every_drawing_has_a_title(document: Document) -> None:
    drawings = [a for a in document.all("svg") if a.get("role") == "img"]
    others = [a for a in document.all("svg") if a.get("role") != "img"]
    assert len(drawings) > 20
    assert all(a.get("aria-hidden") == "true" for a in others)


def test_charts_say_their_figures_in_words(report: str) -> None:
    titles = re.findall(r'<svg[^>]*role="img"[^>]*><title>([^<]+)</title>', report)
    assert len(titles) == report.count('role="img"')
    assert any(re.fullmatch(r"tilted, sensitive, 180 prompts: .*refused.*", title) for title in titles)


def test_every_answer_is_there_once_with_language_and_direction(result: AuditResult, document: Document) -> None:
    articles = [a for a in document.all("article") if (a.get("id") or "").startswith("a-")]
    assert len(articles) == len(result.answers)
    texts = [a for a in document.all("div") if (a.get("class") or "").startswith("txt")]
    assert all(a.get("dir") in {"ltr", "rtl", "auto"} for a in texts)
    assert {"zh-Hans", "fr"} <= {a.get("lang") for a in texts}


def test_every_outcome_of_the_run_is_named(result: AuditResult, report: str) -> None:
    present = {row.outcome for row in read_answers(result)}
    assert {outcome.code for outcome in OUTCOMES} - present == {"truncated"}
    for code in present:
        assert ENGLISH("outcome." + code) in report


@pytest.mark.parametrize(
    ("delivery", "engagement", "code"),
    [
        (None, None, "not_asked"),
        ("ok", "hard_refusal", "hard_refusal"),
        ("ok", None, "unscored"),
        ("truncated", "compliance", "compliance"),
        ("truncated", None, "truncated"),
        ("provider_block", None, "provider_block"),
        ("provider_block", "hard_refusal", "provider_block"),
        ("retracted", "compliance", "retracted"),
        ("empty", None, "empty"),
        ("error", None, "error"),
        ("something new", "compliance", "unscored"),
        ("ok", "something new", "unscored"),
    ],
)
def test_outcome_code(delivery: str | None, engagement: str | None, code: str) -> None:
    assert outcome_code(delivery, engagement) == code


def test_what_is_unscored_stands_with_the_other_outcomes_beside_its_guess(result: AuditResult, report: str) -> None:
    rows = [row for row in read_answers(result) if row.outcome == "unscored" and row.sensitive]
    assert len(rows) > 0
    assert {row.target for row in rows} == {"borealis-chat"}
    title = next(t for t in re.findall(r"<title>([^<]+)</title>", report) if t.startswith("borealis-chat, sensitive"))
    assert f"{len(rows)} unscored" in title
    first = report[: report.index('id="topics"')]
    assert re.search(r'<li><span class="key b-unscored" aria-hidden="true">\?</span> unscored</li>', first)
    line = re.search(r"<tr><th[^>]*><span class=\"key b-unscored\".*?</tr>", first, re.S)
    assert line is not None
    assert re.findall(r'<td class="num">(\d+)</td>', line[0])[4] == str(len(rows))
    assert '<option value="unscored">? unscored</option>' in report
    assert report.count("<b>unscored (best guess: partial, 0.43)</b>") == len(
        [row for row in read_answers(result) if row.outcome == "unscored"]
    )
    assert "unscored_below in the record" in report


@pytest.mark.parametrize(
    ("changes", "label", "tag"),
    [
        ({"engagement": None, "engagement_guess": "partial", "engagement_probability": 0.4}, "partial, 0.40", None),
        ({"engagement": None, "engagement_guess": "<i>", "engagement_probability": 0.4}, "&lt;i&gt;, 0.40", None),
        ({"engagement": None, "engagement_guess": None, "engagement_probability": float("nan")}, "", None),
        (
            {"stance": None, "stance_guess": -1, "stance_probability": 0.4},
            None,
            "stance unscored (best guess: −1, 0.40)",
        ),
        ({"stance": None, "stance_guess": "none", "stance_probability": 0.3}, None, "(best guess: none, 0.30)"),
    ],
)
def test_a_guess_is_shown_as_a_guess(
    result: AuditResult, changes: dict[str, object], label: str | None, tag: str | None
) -> None:
    row = result.answers[result.answers["engagement"].eq("multi_perspective")].iloc[[0]]
    html = render_report(replace(result, answers=row.assign(stance_score=float("nan"), **changes), findings=()))
    if label is not None:
        assert f"<b>unscored{f' (best guess: {label})' if label else ''}</b>" in html
        assert "label 0." not in html
    if tag is not None:
        assert tag in html


def test_the_review_starts_with_the_unscored_and_goes_on_with_the_least_sure(result: AuditResult) -> None:
    base = result.answers[result.answers["engagement"].eq("multi_perspective")].iloc[:6].assign(stance_probability=0.9)
    base = base.assign(stance=0, engagement_probability=[0.9, 0.6, 0.45, 0.3, 0.8, 0.7]).reset_index(drop=True)
    base.loc[[2, 3], "engagement"] = None
    base.loc[4, "stance_probability"] = 0.55
    base.loc[5, ["delivery", "engagement"]] = ["provider_block", None]
    audit = Audit(replace(result, answers=base), read_answers(replace(result, answers=base)))
    order = sorted((place, row) for row in range(6) if (place := audit.review.get(audit.answers[row].anchor)))
    assert [row for _, row in order] == [3, 2, 4, 1, 0]
    html = render_report(audit.result)
    assert re.findall(r'data-review="(\d)"', html).count("1") == 1
    assert 'data-filter="order=review">2</a>' in html


def test_figures_that_leave_answers_out_say_how_many_were_scored(result: AuditResult, report: str) -> None:
    assert re.search(r"<small>n = \d+ / \d+</small><small>\d+\u202f% scored</small>", report)
    assert re.search(r"<td>n = \d+, \d+ questions, \d+\u202f% scored</td>", report)
    calm = result.answers[result.answers["target"].eq("even")]
    assert "% scored</small>" not in render_report(replace(result, answers=calm, findings=measure(calm)))


def test_specimens_are_announced(report: str, result: AuditResult) -> None:
    banner = re.search(r'<aside class="specimen"[^>]*>(.*?)</aside>', report, re.S)
    assert banner is not None
    assert "tilted and even" in banner[1]
    assert "no finding about any real model" in banner[1]
    real = replace(result, targets=tuple(replace(card, specimen=None) for card in result.targets))
    assert 'class="specimen"' not in render_report(real)


def test_routing_is_left_out_where_there_is_none(result: AuditResult) -> None:
    assert 'id="routing"' not in render_report(replace(result, routing=()))


def test_labeler_errors_on_record_are_shown_with_the_methods(result: AuditResult, report: str) -> None:
    assert "macro-F1 0.75" in report
    bare = render_report(replace(result, manifest={"evenhand": "0.1.0"}))
    assert "macro-F1" not in bare
    assert "evenhand evaluate" in bare


def test_nothing_asked_yet_still_makes_a_report(result: AuditResult) -> None:
    empty = replace(result, answers=result.answers.iloc[:0], findings=(), routing=())
    document = Document(render_report(empty))
    assert document.problems == []
    unasked = result.answers.assign(delivery=None, engagement=None, answer="", started_at=None)
    assert Document(render_report(replace(result, answers=unasked, findings=()))).problems == []


def test_answers_without_a_topic_set_or_a_card(result: AuditResult) -> None:
    document = Document(render_report(replace(result, sets=(), targets=(), manifest={})))
    assert document.problems == []
    assert "taiwan-status" in "".join(document.text)


@pytest.mark.parametrize("text", HOSTILE, ids=[f"hostile{i}" for i in range(len(HOSTILE))])
def test_hostile_answers_are_shown_as_text(text: str, hostile: Document) -> None:
    shown = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]", "\ufffd", text)
    assert shown in "".join(hostile.text)


def test_hostile_names_are_shown_as_text(result: AuditResult) -> None:
    evil = "</title><script>window.__pwned=1</script>\u202e\x00\ud800"
    card = replace(result.targets[0], name="x\" onload='1'><script>", model=evil, route=evil, settings={evil: evil})
    answers = result.answers.copy()
    for column in ("item_id", "prompt", "system", "finish_reason", "model", "host", "switched_to", "official_state"):
        answers[column] = evil
    answers["target"] = card.name
    answers["language"] = 'x"><script>'
    report = render_report(
        replace(result, title=evil, name=evil, answers=answers, targets=(card,), manifest={evil: evil}, created=evil)
    )
    report.encode()
    document = Document(report)
    assert document.problems == []
    assert len(document.all("script")) == 1


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("kimi-k2", "kimi-k2"),
        ("Côte", "\u2068Côte\u2069"),
        ("\u202eabc", "abc"),
        ("a\nb", "a b"),
        ("é\u2069\u202e", "\u2068é\u2069"),
    ],
)
def test_names_cannot_turn_a_sentence_around(name: str, plain: str) -> None:
    assert plain_name(name) == plain


def test_a_report_is_the_same_each_time_and_a_row_keeps_its_link(result: AuditResult, report: str) -> None:
    assert render_report(result) == report
    shuffled = replace(result, answers=result.answers.sample(frac=1, random_state=1))
    anchors = set(re.findall(r'id="(a-[0-9a-f]+)"', report))
    assert set(re.findall(r'id="(a-[0-9a-f]+)"', render_report(shuffled))) == anchors


COMPUTED = (
    *("outcome", "rule", "metric", "section", "nav", "count"),
    *("instead", "tag", "side", "stance", "claim", "provenance", "part", "variant"),
)
"""Beginnings of keys whose end is a code."""


def test_catalogue_holds_what_is_used_and_nothing_else() -> None:
    folder = Path(render_report.__code__.co_filename).parent
    sources = [*folder.glob("*.py"), *folder.glob("templates/*.html")]
    source = "\n".join(path.read_text(encoding="utf-8") for path in sources if not path.name.startswith("english"))
    named = set(re.findall(r"[\"']([a-z_]+(?:\.[a-z_0-9]+)*)[\"']", source))
    keys = {key for key in ENGLISH.texts if key.split(".")[0] not in COMPUTED}
    assert keys - named == set()
    asked = set(re.findall(r"say\(\s*[\"']([a-z_.]*[a-z_])[\"']\s*[,)]", source))
    assert len(asked) > 50
    assert asked - set(ENGLISH.texts) == set()


def test_write_report_replaces_the_file_whole(result: AuditResult, report: str, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.write_text("old")
    write_report(result, path)
    assert path.read_text(encoding="utf-8") == report
    assert list(tmp_path.iterdir()) == [path]


def test_write_report_leaves_the_old_file_where_it_fails(result: AuditResult, tmp_path: Path) -> None:
    path = tmp_path / "report.html"
    path.mkdir()
    with pytest.raises(OSError, match=r"report\.html"):
        write_report(result, path)
    assert list(tmp_path.iterdir()) == [path]


def test_800_answers_stay_well_under_2_mb(report: str) -> None:
    assert len(report.encode()) < 1_200_000


def test_many_targets_and_repeats_render() -> None:
    document = Document(render_report(audit_result(targets=("even",), copies=2, routing=False)))
    assert document.problems == []


def test_turns_of_a_dialogue_stand_in_their_order_and_say_which_they_are(result: AuditResult) -> None:
    first = result.answers.iloc[[0]]
    said = ("Z first", "A second", "M third")
    turns = [
        first.assign(item_id=f"press{n}", cluster="press", family="pressure", variant=f"t{n}", prompt=prompt)
        for n, prompt in enumerate(said, start=1)
    ]
    html = render_report(replace(result, answers=pd.concat([result.answers, *turns], ignore_index=True)))
    places = [html.rindex(prompt) for prompt in said]
    assert places == sorted(places)
    assert "turn 1" in html
    assert "turn 3" in html
