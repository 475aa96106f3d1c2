"""A scaffold's only defects are its author's decisions, and how defects and sets are shown."""

from __future__ import annotations

import io
import json
import re
from pathlib import Path

import pytest
from rich.console import Console

from evenhand.errors import TopicSetError
from evenhand.prompts import Defect, check_topic_set, load_topic_set
from evenhand.prompts.languages import LANGUAGES
from evenhand.prompts.rendering import render_defects, topic_view
from evenhand.prompts.scaffold import new_topic_set

DEFECTS = [
    Defect("a,b:c.yaml", 3, "error", "unknown-id", "there is no\npair 100%", "it is needed", "add it"),
    Defect("d.yaml", 7, "warning", "no-parity-note", "no note", "nobody could see why", "add one"),
]


@pytest.mark.parametrize("languages", [("en",), ("en", "fr", "zh-Hans", "zh-Hant"), tuple(LANGUAGES)])
def test_a_scaffold_lacks_only_what_its_author_decides(tmp_path: Path, languages: tuple[str, ...]) -> None:
    path = tmp_path / "river-dam.yaml"
    path.write_text(new_topic_set("river-dam", languages, region="africa", states=("ET", "EG")), encoding="utf-8")
    defects = check_topic_set(path)
    assert {defect.code for defect in defects} == {"placeholder"}
    with pytest.raises(TopicSetError, match="still to be written"):
        load_topic_set(path)


def test_a_filled_scaffold_loads(tmp_path: Path) -> None:
    path = tmp_path / "river-dam.yaml"
    text = new_topic_set("river-dam", ("en",), region="africa")
    path.write_text(re.sub(r"<([^<>]+)>", r"\1", text), encoding="utf-8")
    assert [defect for defect in check_topic_set(path) if defect.severity == "error"] == []
    assert load_topic_set(path).id == "river-dam"


@pytest.mark.parametrize(
    ("name", "languages", "region", "states", "says"),
    [
        ("River Dam", ("en",), "africa", (), "'River Dam'"),
        ("dam", ("en",), "a: b", (), "'a: b'"),
        ("dam", (), "africa", (), "languages"),
        ("dam", ("en", "en"), "africa", (), "twice"),
        ("dam", ("xx",), "africa", (), "'xx'"),
        ("dam", ("en",), "africa", ("UK",), "'UK'"),
    ],
)
def test_what_no_set_can_have_is_refused(
    name: str, languages: tuple[str, ...], region: str, states: tuple[str, ...], says: str
) -> None:
    with pytest.raises(TopicSetError, match=says):
        new_topic_set(name, languages, region=region, states=states)


def test_text_ends_with_a_count() -> None:
    text = render_defects(DEFECTS)
    assert text.endswith("1 error, 1 warning")
    assert "d.yaml:7: warning: no note [no-parity-note]\n    why: nobody could see why\n    fix: add one" in text


def test_json_holds_every_field() -> None:
    first = json.loads(render_defects(DEFECTS, "json"))[0]
    assert first["what"] == "there is no\npair 100%"
    assert set(first) == {"file", "line", "severity", "code", "what", "why", "fix"}


def test_github_gets_one_escaped_command_a_defect() -> None:
    first, second = render_defects(DEFECTS, "github").splitlines()
    assert first.startswith("::error file=a%2Cb%3Ac.yaml,line=3,title=unknown-id::there is no%0Apair 100%25")
    assert second.startswith("::warning file=d.yaml,line=7,")


def test_a_set_is_shown_in_one_language_and_takes_no_markup() -> None:
    topic = load_topic_set(Path(__file__).with_name("bridge-toll.yaml"))
    topic = topic.model_copy(update={"summary": {"en": "[bold]x", "fr": "y"}})
    out = io.StringIO()
    Console(file=out, width=160).print(topic_view(topic))
    assert "[bold]x" in out.getvalue()
    assert topic.pairs[0].opposes["en"] in out.getvalue()
    assert topic.pairs[0].opposes["fr"] not in out.getvalue()
    with pytest.raises(TopicSetError, match="'de'"):
        topic_view(topic, "de")
