"""A set drafted in another language by a target, and what audits do with the draft."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from evenhand.errors import AuditFileError, RunError, TopicSetError
from evenhand.probes.battery import BatterySpec, build_items
from evenhand.prompts import check_topic_set, load_topic_set
from evenhand.runtime.audit import read_audit
from evenhand.translating import drafted_set

BRIDGE = load_topic_set(Path(__file__).parents[1] / "prompts" / "bridge-toll.yaml")


def drafted(kit, folder: Path, script, language: str = "it"):
    with kit.serving(script) as server:
        lines = f"  - name: a\n    type: openai\n    base_url: {server.url}\n    model: mock-1\n    retries: 0"
        audit = read_audit(kit.audit(folder, lines))
        text = asyncio.run(drafted_set(BRIDGE, language, audit.targets[0].make(folder)))
    path = folder / "draft.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_text_gets_a_draft_and_keeps_the_others(tmp_path, kit):
    path = drafted(kit, tmp_path, lambda prompt, before: kit.said(kit.completion(f'"IT: {prompt.split()[-1]}"')))
    topic = load_topic_set(path)
    assert (topic.id, topic.languages, topic.drafts) == ("bridge-toll-it", ("en", "fr", "it"), ("it",))
    assert topic.questions[0].text["it"] == "IT: bridge?"
    assert topic.questions[0].text["fr"] == BRIDGE.questions[0].text["fr"]
    assert topic.propositions[0].favours.examples["it"] == ("IT: repairs.",)
    assert "draft" in {defect.code for defect in check_topic_set(path)}


def test_an_audit_asks_in_a_draft_only_where_it_says_so(tmp_path, kit):
    topic = load_topic_set(drafted(kit, tmp_path, lambda prompt, before: kit.said()))
    sets = {topic.id: topic}
    assert {item.language for item in build_items(sets, BatterySpec())} == {"en", "fr"}
    assert {item.language for item in build_items(sets, BatterySpec(drafts=True))} == {"en", "fr", "it"}
    with pytest.raises(AuditFileError, match="draft that nobody has read"):
        build_items(sets, BatterySpec(languages=("it",)))
    assert build_items(sets, BatterySpec(languages=("it",), drafts=True))


def test_a_text_that_is_not_translated_is_named(tmp_path, kit):
    with pytest.raises(RunError, match=r"of \d+ texts were not translated, the first: 'Toll"):
        drafted(kit, tmp_path, lambda prompt, before: kit.said(b"boom", 500))


@pytest.mark.parametrize(("language", "says"), [("fr", "already"), ("xx", "unknown")])
def test_a_language_that_cannot_be_drafted_is_one_sentence(tmp_path, kit, language, says):
    with pytest.raises(TopicSetError, match=says):
        drafted(kit, tmp_path, None, language)
