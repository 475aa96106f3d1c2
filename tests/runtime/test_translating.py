"""A set drafted in another language by a target, and what audits do with the draft."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from evenhand.cli import app
from evenhand.errors import AuditFileError, RunError, TopicSetError
from evenhand.probes.battery import BatterySpec, build_items
from evenhand.prompts import check_topic_set, load_topic_set
from evenhand.runtime.audit import read_audit
from evenhand.translating import Draft, _placeholder, drafted_set

BRIDGE_FILE = Path(__file__).parents[1] / "prompts" / "bridge-toll.yaml"
BRIDGE = load_topic_set(BRIDGE_FILE)


def drafted(kit, folder: Path, script, language: str = "it"):
    path = folder / "draft.yaml"
    path.write_text(draft_of(kit, folder, script, language).text, encoding="utf-8")
    return path


def draft_of(kit, folder: Path, script, language: str = "it") -> Draft:
    with kit.serving(script) as server:
        lines = f"  - name: a\n    type: openai\n    base_url: {server.url}\n    model: mock-1\n    retries: 0"
        audit = read_audit(kit.audit(folder, lines))
        return asyncio.run(drafted_set(BRIDGE, language, audit.targets[0].make(folder)))


def echo(kit, prompt: str):
    return kit.said(kit.completion(f"IT: {prompt.splitlines()[-1]}"))


def test_every_text_gets_a_draft_and_keeps_the_others(tmp_path, kit):
    path = drafted(kit, tmp_path, lambda prompt, before: kit.said(kit.completion(f'"IT: {prompt.split()[-1]}"')))
    topic = load_topic_set(path)
    assert (topic.id, topic.languages, topic.drafts) == ("bridge-toll-it", ("en", "fr", "it"), ("it",))
    assert topic.questions[0].text["it"] == "IT: bridge?"
    assert topic.questions[0].text["fr"] == BRIDGE.questions[0].text["fr"]
    assert topic.propositions[0].favours.examples["it"] == ("IT: repairs.",)
    assert "draft" in {defect.code for defect in check_topic_set(path)}


def test_an_audit_asks_in_a_draft_only_where_it_says_so(tmp_path, kit):
    topic = load_topic_set(drafted(kit, tmp_path, lambda prompt, before: echo(kit, prompt)))
    sets = {topic.id: topic}
    assert {item.language for item in build_items(sets, BatterySpec())} == {"en", "fr"}
    assert {item.language for item in build_items(sets, BatterySpec(drafts=True))} == {"en", "fr", "it"}
    with pytest.raises(AuditFileError, match="draft that nobody has read"):
        build_items(sets, BatterySpec(languages=("it",)))
    assert build_items(sets, BatterySpec(languages=("it",), drafts=True))


@pytest.mark.parametrize(
    "unusable",
    [
        lambda kit: kit.said(b"boom", 500),
        lambda kit: kit.said(kit.completion("  ")),
        lambda kit: kit.said(kit.completion("Mezza", finish_reason="length")),
        lambda kit: kit.said(kit.completion("Mezza", finish_reason="max_tokens")),
        lambda kit: kit.said(kit.completion("", refusal="No.")),
        lambda kit: kit.said(kit.completion("x" * 5000)),
    ],
)
def test_a_text_that_is_not_translated_is_a_placeholder_and_the_others_stay(tmp_path, kit, unusable):
    question = BRIDGE.questions[0].text["en"]
    draft = draft_of(kit, tmp_path, lambda prompt, before: unusable(kit) if question in prompt else echo(kit, prompt))
    assert draft.missing == (question,)
    path = tmp_path / "draft.yaml"
    path.write_text(draft.text, encoding="utf-8")
    assert draft.text.count("<") == 1
    assert f"<text to be translated: {question}>" in draft.text
    assert f"IT: {BRIDGE.title['en']}" in draft.text
    assert "placeholder" in {defect.code for defect in check_topic_set(path)}


def test_one_answer_to_three_texts_is_a_refusal(tmp_path, kit):
    refused = {BRIDGE.title["en"], BRIDGE.summary["en"], BRIDGE.propositions[0].claim["en"]}

    def script(prompt, before):
        return kit.said(kit.completion("No.")) if prompt.splitlines()[-1] in refused else echo(kit, prompt)

    assert set(draft_of(kit, tmp_path, script).missing) == refused


@pytest.mark.parametrize("said", [("Non posso.", 200), (b"boom", 500)])
def test_nothing_translated_is_no_draft(tmp_path, kit, said):
    body, status = said
    answer = kit.said(body if isinstance(body, bytes) else kit.completion(body), status)
    with pytest.raises(RunError, match=r"none of \d+ texts was translated, the first: 'Toll"):
        draft_of(kit, tmp_path, lambda prompt, before: answer)


@pytest.mark.parametrize("text", ["Is <b>this</b> fair?", "x" * 4000])
def test_a_placeholder_is_one_whatever_it_is_for(text):
    placeholder = _placeholder(text)
    assert re.fullmatch(r"<text to be translated: [^<>]+>", placeholder)
    assert len(placeholder) <= 4000


def test_the_command_line_says_what_is_missing_and_what_the_draft_is_for(tmp_path, kit, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "bridge-toll.yaml").write_bytes(BRIDGE_FILE.read_bytes())
    title = BRIDGE.title["en"]

    def script(prompt, before):
        return kit.said(kit.completion("")) if prompt.splitlines()[-1] == title else echo(kit, prompt)

    with kit.serving(script) as server:
        lines = f"  - name: a\n    type: openai\n    base_url: {server.url}\n    model: mock-1\n    retries: 0"
        audit = str(kit.audit(tmp_path, lines))
        arguments = ["topics", "translate", "bridge-toll", "--to", "it", "--with", audit, "--sets", "own"]
        done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    assert re.search(r"^1 of \d+ texts came back without a usable translation", done.output)
    assert "use it in place of bridge-toll" in done.output
    assert (tmp_path / "drafts" / "bridge-toll-it.yaml").is_file()
    assert not (tmp_path / "prompts").exists()


@pytest.mark.parametrize(("language", "says"), [("fr", "already"), ("xx", "unknown")])
def test_a_language_that_cannot_be_drafted_is_one_sentence(tmp_path, kit, language, says):
    with pytest.raises(TopicSetError, match=says):
        drafted(kit, tmp_path, None, language)
