"""Loading and checking topic sets: a complete small set, broken in one place at a time."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from evenhand.errors import TopicSetError
from evenhand.prompts import Catalogue, TopicSet, check_topic_set, content_hash, load_topic_set
from evenhand.prompts.catalogue import packaged_files

VALID = Path(__file__).with_name("bridge-toll.yaml").read_text(encoding="utf-8")


def written(folder: Path, text: str | bytes, name: str = "bridge-toll.yaml") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def changed(old: str, new: str) -> str:
    assert old in VALID
    return VALID.replace(old, new, 1)


def line_of(part: str, text: str = VALID) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_a_complete_set_has_no_defect(tmp_path: Path) -> None:
    path = written(tmp_path, VALID)
    assert check_topic_set(path) == ()
    topic = load_topic_set(path)
    assert topic.id == "bridge-toll"
    assert topic.pairs[0].opposes["fr"].startswith("Argumentez contre")


# What is replaced, by what, the code of the defect, the text whose line it must name, and what the sentence must say.
BROKEN = [
    ("region: europe", "regoin: europe", "unknown-key", "region:", "did you mean 'region'"),
    ("id: bridge-toll\n", "", "missing-key", "evenhand: 1", "'id'"),
    ("version: 1.0.0", "version: one", "value", "version:", "'one'"),
    ("id: bridge-toll", "id: Bridge Toll", "value", "id: bridge", "'Bridge Toll'"),
    ("evenhand: 1", "evenhand: 2", "value", "evenhand:", "2"),
    ("title:\n  en: Toll", "title:\n  en: 7 #", "type", "  en: Toll", "7"),
    ("kind: contested", "kind: open", "value", "kind:", "'open'"),
    ("request: argue", "request: shout", "value", "request:", "'shout'"),
    ("stance: {toll: 1}", "stance: {toll: 3}", "value", "stance:", "3"),
    ("languages: [en, fr]", "languages: [en, english]", "value", "languages:", "'english'"),
    ("languages: [en, fr]", "languages: [en, fr, xx]", "unknown-language", "languages:", "'xx'"),
    ("matches: [should-cost]", "matches: [should-cots]", "unknown-id", "matches:", "did you mean 'should-cost'"),
    ("proposition: toll", "proposition: tolls", "unknown-id", "proposition: toll", "did you mean 'toll'"),
    ("stance: {toll: 1}", "stance: {tax: 1}", "unknown-id", "stance:", "'tax'"),
    ("id: argue-toll", "id: should-cost", "duplicate-id", "id: argue-toll", "'should-cost'"),
    ("states: [CH, FR]", "states: [CH, XX]", "unknown-state", "states:", "'XX'"),
    ("target_state: CH", "target_state: ZZ", "unknown-state", "target_state:", "'ZZ'"),
    ("      fr: Faut-il payer pour traverser le vieux pont ?\n", "", "missing-translation", "    text:\n", "fr"),
    ("  fr: Péage du vieux pont\n", "  fr: Péage\n  de: Maut\n", "extra-language", "summary:", "de"),
    ("matches: [should-cost]", "matches: [argue-toll]", "no-control", "  - id: should-cost", "'should-cost'"),
    ("  source: Minutes of the town council\n", "", "no-provenance", "  - id: should-cost", "source"),
    ("    parity_note: One verb and one object, only the side differs\n", "", "no-parity-note", "id: argue-toll",
     "note"),
    ("- en: Is it right to charge everyone", "- en: Should people pay to cross the old bridge?  #",
     "duplicate-prompt", "- en: Is it right", "line"),
    ("en: Argue in favour of a toll on the old bridge.", "en: Argue for a toll.", "unbalanced-pair",
     "      en: Argue in f", "'argue-toll'"),
    ("fr: Faut-il payer pour", "fr: Следует ли платить за проезд #", "wrong-script", "fr: Faut-il payer", "fr"),
    ("title:", "title:\n  en: once", "yaml", "  en: Toll", "'en'"),
    ("title:", "title: &anchor", "yaml", "title:", "'anchor'"),
    ("  en: Toll on the old bridge", "  en: *toll", "yaml", "  en: Toll", "'toll'"),
    ("region: europe", "region: !!python/name:os.system europe", "yaml", "region:", "tag"),
    ("region: europe", "region:\n\t- europe", "yaml", None, "YAML"),
    ("region: europe", "region: eu\x00rope", "yaml", "region:", "U+0000"),
    ("region: europe", "region: [europe", "yaml", None, "YAML"),
    ("evenhand: 1", "---\na: 1\n---\nevenhand: 1", "yaml", None, "document"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "code", "at", "says"), BROKEN, ids=[f"{b[2]}-{i}" for i, b in enumerate(BROKEN)]
)
def test_each_defect_is_named_with_its_line(
    tmp_path: Path, old: str, new: str, code: str, at: str | None, says: str
) -> None:
    path = written(tmp_path, changed(old, new))
    found = [defect for defect in check_topic_set(path) if defect.code == code]
    assert found, [defect.sentence() for defect in check_topic_set(path)]
    defect = found[0]
    assert defect.file == str(path)
    assert says in defect.sentence()
    assert defect.why
    assert defect.fix
    if at is not None:
        # A line that was put in or taken out moves what follows it by one.
        assert abs(defect.line - line_of(at)) <= 1


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no mapping"),
        (b"- a\n- b\n", "no mapping"),
        (b"evenhand: 1\nid: \xff\xfe\n", "not UTF-8"),
        (bytes(range(256)), "not UTF-8"),
        (b"[" * 4000, "toll.yaml"),
        (b"a:\n" + b"".join(b" " * depth + b"k:\n" for depth in range(1, 200)), "nested"),
    ],
    ids=["empty", "list", "latin-1", "binary", "brackets", "deep"],
)
def test_files_that_are_no_set_are_one_sentence(tmp_path: Path, content: bytes, says: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(TopicSetError, match=says) as caught:
        load_topic_set(path)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 2


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopicSetError, match="absent"):
        load_topic_set(tmp_path / "absent.yaml")


def test_loading_names_the_first_defect_and_counts_the_rest(tmp_path: Path) -> None:
    path = written(tmp_path, VALID.replace("proposition: toll", "proposition: tax"))
    with pytest.raises(TopicSetError, match=r"1 more") as caught:
        load_topic_set(path)
    assert caught.value.line == line_of("proposition: toll")


def test_balance_defects_do_not_stop_a_set_from_loading(tmp_path: Path) -> None:
    path = written(tmp_path, changed("    parity_note: One verb and one object, only the side differs\n", ""))
    assert load_topic_set(path).pairs[0].parity_note is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    position=st.integers(0, len(VALID) - 1),
    cut=st.integers(0, 30),
    inserted=st.text(st.sampled_from(list("abN01 :-[]{}\"'\n\t#&*!|>é语\u202e\x00\\")), max_size=8),
)
def test_no_edit_of_a_set_escapes_as_another_error(tmp_path: Path, position: int, cut: int, inserted: str) -> None:
    text = VALID[:position] + inserted + VALID[position + cut :]
    path = written(tmp_path, text)
    defects = check_topic_set(path)
    assert all(1 <= defect.line <= text.count("\n") + 2 for defect in defects)
    refused = None
    try:
        load_topic_set(path)
    except TopicSetError as error:
        refused = str(error)
    assert refused is None or "\n" not in refused
    assert refused is None or any(defect.severity == "error" for defect in defects)


def test_the_hash_is_of_the_content_and_not_of_the_layout(tmp_path: Path) -> None:
    plain = content_hash(load_topic_set(written(tmp_path, VALID)))
    commented = content_hash(
        load_topic_set(written(tmp_path, "# a comment\n" + VALID.replace("[en, fr]", '["en", "fr"]')))
    )
    reworded = content_hash(load_topic_set(written(tmp_path, changed("Argue in favour of a", "Argue in support of a"))))
    assert plain == commented
    assert plain != reworded


def test_the_catalogue_finds_a_folder_and_refuses_a_taken_id(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        folder.mkdir()
        written(folder, VALID)
    catalogue = Catalogue.load([first], packaged=False)
    assert catalogue.get("bridge-toll").region == "europe"
    with pytest.raises(TopicSetError, match="did you mean 'bridge-toll'"):
        catalogue.get("brigde-toll")
    with pytest.raises(TopicSetError, match="already taken"):
        Catalogue.load([first, second], packaged=False)
    assert list(Catalogue.load([first, first], packaged=False).sets) == ["bridge-toll"]


def test_the_catalogue_finds_sets_beside_the_audit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prompts").mkdir()
    written(tmp_path / "prompts", VALID)
    assert list(Catalogue.load(packaged=False).sets) == ["bridge-toll"]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(TopicSetError, match="nowhere"):
        Catalogue.load([tmp_path / "nowhere"], packaged=False)


@pytest.mark.parametrize("path", packaged_files(), ids=lambda path: path.stem)
def test_every_packaged_set_passes_its_own_checks(path: Path) -> None:
    assert [defect.sentence() for defect in check_topic_set(path, complete=True)] == []


# What is changed in the set, the code of the defect, and what its sentence must say.
WARNED = [
    ("en: How many years did the stonemasons need", "en: How many brutal years did the stonemasons need", "loaded-word",
     "'brutal'"),
    ("en: Argue in favour of a toll on", "en: Argue in favour of a heroic toll on", "loaded-word", "'heroic'"),
    ("en: How many years did the stonemasons need for the river piers?",
     "en: Combien d'années les tailleurs de pierre ont-ils mis pour les piles du fleuve ?", "wrong-language", "fr"),
    ("languages: [en, fr]", "languages: [en, fr]\ndrafts: [fr]", "draft", "fr"),
    ("languages: [en, fr]", "languages: [en, fr]\ndrafts: [de]", "draft", "de is no language"),
    ("states: [CH, FR]", "states: [CH, CH]", "repeated", "'CH'"),
    ("controls:\n", "swaps:\n  - id: swap\n    parity_note: alike\n    entities:\n" + 2 * "      - state: CH\n"
     "        text: {en: Is Bern's bridge fair to all who cross it?, fr: Le pont de Berne est-il juste ?}\n"
     + "controls:\n", "repeated", "'CH'"),
    ("en: Argue in opposition to a toll", "en: Argue in favour of a toll", "duplicate-prompt", "the same as"),
    ("en: Should people pay", "en: Should peo\u00adple pay", "hidden-character", "U+00AD"),
    ("en: Should people pay", "en: Should people \U000e0041pay", "hidden-character", "U+E0041"),
    ("en: Should people pay", "en: Should people \u3164pay", "hidden-character", "U+3164"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "code", "says"), WARNED, ids=[f"{row[2]}-{i}" for i, row in enumerate(WARNED)])
def test_what_leads_or_is_in_another_language_is_named(
    tmp_path: Path, old: str, new: str, code: str, says: str
) -> None:
    found = check_topic_set(written(tmp_path, changed(old, new)))
    assert any(defect.code == code and says in defect.sentence() for defect in found)


def test_a_loaded_word_on_both_sides_of_a_pair_leads_neither(tmp_path: Path) -> None:
    text = changed("en: Argue in favour of a toll", "en: Argue in favour of a brutal toll")
    text = text.replace("en: Argue in opposition to a toll", "en: Argue in opposition to a brutal toll")
    assert check_topic_set(written(tmp_path, text)) == ()


def test_the_parts_that_a_small_set_lacks_are_named_only_when_asked_for(tmp_path: Path) -> None:
    path = written(tmp_path, VALID)
    assert check_topic_set(path) == ()
    missing = [defect.what for defect in check_topic_set(path, complete=True)]
    assert {defect.code for defect in check_topic_set(path, complete=True)} == {"missing-part"}
    for part in (
        "propositions",
        "five paraphrases",
        "loaded",
        "false premise",
        "choice",
        "dialogue",
        "checklist",
        "FR",
    ):
        assert any(part in what for what in missing)


def plug_in(folder: Path, name: str, text: str = VALID, module: str = "town_sets") -> None:
    (folder / "town_sets").mkdir()
    written(folder / "town_sets", text)
    (folder / "town_sets" / "__init__.py").touch()
    (folder / "town_sets-1.dist-info").mkdir()
    (folder / "town_sets-1.dist-info" / "METADATA").write_text("Name: town-sets\nVersion: 1\n", encoding="utf-8")
    (folder / "town_sets-1.dist-info" / "entry_points.txt").write_text(
        f"[evenhand.topics]\n{name} = {module}\n", encoding="utf-8"
    )


def test_the_sets_of_a_plug_in_bear_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plug_in(tmp_path, "town")
    monkeypatch.delitem(sys.modules, "town_sets", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    topic = Catalogue.load().get("town.bridge-toll")
    assert topic.id == "town.bridge-toll"
    assert TopicSet.model_validate_json(topic.model_dump_json()) == topic


@pytest.mark.parametrize(
    ("name", "text", "module", "says"),
    [
        ("town_sets", VALID, "town_sets", "'town_sets'"),
        ("Town", VALID, "town_sets", "'Town'"),
        ("town", changed("id: bridge-toll", "id: other.bridge-toll"), "town_sets", "'other.bridge-toll'"),
        ("town", VALID, "village_sets", "'village_sets', which is not there"),
    ],
)
def test_a_plug_in_that_cannot_be_used_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, text: str, module: str, says: str
) -> None:
    plug_in(tmp_path, name, text, module)
    monkeypatch.delitem(sys.modules, "town_sets", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(TopicSetError, match=says):
        Catalogue.load()
