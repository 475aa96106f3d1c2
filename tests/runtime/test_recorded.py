"""Recorded answers: JSONL and CSV read strictly, and matched to prompts."""

from __future__ import annotations

import asyncio
import csv
import io
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.errors import TargetError, TranscriptError
from evenhand.runtime.recorded_target import RecordedSettings, RecordedTarget
from evenhand.runtime.transcripts import read_transcripts


def rows(path):
    return [(row.line, dict(row.values)) for row in read_transcripts(path)]


def write(folder, name, content):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def ask(path, items, stop_after=None):
    target = RecordedTarget("chat", RecordedSettings(file=str(path), model="Some chat"))

    async def run():
        responses = []
        await target.open()
        async for response in target.ask(items):
            responses.append(response)
            if len(responses) == stop_after:
                target.stop()
        await target.close()
        return responses

    return asyncio.run(run()), target.remarks()


def test_jsonl_lines_keep_their_numbers(tmp_path):
    path = write(tmp_path, "a.jsonl", b'\xef\xbb\xbf{"a": 1}\r\n\n{"a": "\\u00e9"}')
    assert rows(path) == [(1, {"a": 1}), (3, {"a": "é"})]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_cells_may_hold_anything(tmp_path, delimiter):
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter)
    long = "x" * 1_000_000
    writer.writerows([["prompt", "response"], ["two\nlines", 'say "ja"'], ["", ""], [long, "a,b;c\td"]])
    path = write(tmp_path, "a.csv", text.getvalue())
    assert rows(path) == [
        (2, {"prompt": "two\nlines", "response": 'say "ja"'}),
        (5, {"prompt": long, "response": "a,b;c\td"}),
    ]
    assert csv.field_size_limit() == 131072


BROKEN = {
    "cut": ("a.jsonl", b'{"a": 1}\n{"a": ', 2, "cut short"),
    "no json": ("a.jsonl", b"{'a': 1}\n", 1, "no JSON"),
    "no object": ("a.jsonl", b"[1]\n", 1, "no JSON object"),
    "deep": ("a.jsonl", b"[" * 200_000 + b"\n", 1, "no JSON"),
    "latin-1": ("a.jsonl", b'{"a": 1}\n{"a": "\xe9"}\n', 2, "0xe9 is no UTF-8"),
    "binary": ("a.jsonl", bytes(range(256)), 1, "no"),
    "open quote": ("a.csv", b'a,b\n1,"x\n2,y\n', 2, "never closed"),
    "too many cells": ("a.csv", b"a,b\n1,2,3\n", 2, "3 cells"),
    "no header": ("a.csv", b"\n1,2\n", 1, "no header"),
    "twice": ("a.csv", b"a,a\n1,2\n", 1, "two columns are called 'a'"),
    "csv latin-1": ("a.csv", b"a,b\n1,\xe9\n", 2, "0xe9 is no UTF-8"),
    "stray quote": ("a.csv", b'a,b\n"1"x,2\n', 2, "no CSV"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_one_sentence_with_its_line(tmp_path, case):
    name, content, line, says = BROKEN[case]
    path = write(tmp_path, name, content)
    with pytest.raises(TranscriptError, match=says) as refused:
        rows(path)
    assert str(refused.value).startswith(f"{path}:{line}: ")
    assert refused.value.fix
    assert "\n" not in str(refused.value)


def test_required_fields(tmp_path):
    path = write(tmp_path, "a.jsonl", '{"id": "1", "respons": "x"}\n')
    with pytest.raises(TranscriptError, match=r":1: the field 'response' is missing; rename 'respons'"):
        list(read_transcripts(path, required=("id", "response")))
    path = write(tmp_path, "b.jsonl", '{"id": "1", "response": 4}\n')
    with pytest.raises(TranscriptError, match=r":1: response is 4, not text"):
        list(read_transcripts(path, required=("id", "response")))
    with pytest.raises(TranscriptError, match="No such file"):
        list(read_transcripts(tmp_path / "c.jsonl"))


cells = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)


@settings(deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=5), cells, max_size=3), max_size=6))
def test_any_jsonl_is_read_back(tmp_path_factory, records):
    content = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    assert [values for _, values in rows(write(tmp_path_factory.mktemp("p"), "a.jsonl", content))] == records


@settings(deadline=None)
@given(st.lists(st.tuples(cells, cells).filter(any), max_size=6))
def test_any_csv_is_read_back(tmp_path_factory, records):
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([("prompt", "response"), *records])
    read = rows(write(tmp_path_factory.mktemp("p"), "a.csv", text.getvalue()))
    assert [(values.get("prompt", ""), values.get("response", "")) for _, values in read] == records


@settings(deadline=None)
@given(content=st.binary(max_size=80), name=st.sampled_from(["a.jsonl", "a.csv"]))
def test_no_file_whatsoever_raises_anything_else(tmp_path_factory, content, name):
    path = write(tmp_path_factory.mktemp("p"), name, content)
    try:
        rows(path)
    except TranscriptError as error:
        refused = error
    else:
        return
    assert refused.line is not None


def test_answers_are_matched_by_id_and_by_text(tmp_path, kit):
    items = kit.battery(4)
    lines = [
        {"item_id": items[2].id, "response": "by id", "thinking": "Hm.", "finish_reason": "stop", "model": "m-1"},
        {"prompt": f"  {items[0].prompt.replace(' ', '  ')}\n", "response": "by text"},
        {"prompt": items[1].prompt, "prompt_language": "fr", "response": "another language"},
        {"prompt": "Nobody asked this.", "response": "unmatched"},
    ]
    path = write(tmp_path, "a.jsonl", "".join(json.dumps(line) + "\n" for line in lines))
    responses, remarks = ask(path, items)
    assert {response.item_id: response.text for response in responses} == {items[0].id: "by text", items[2].id: "by id"}
    by_id = next(response for response in responses if response.text == "by id")
    assert (by_id.thinking, by_id.finish_reason, by_id.model, by_id.host) == ("Hm.", "stop", "m-1", "a.jsonl")
    assert list(remarks) == [
        "2 of 4 prompts have no answer in a.jsonl",
        "2 of 4 answers in a.jsonl belong to no prompt still to be asked",
    ]


def test_several_answers_to_one_prompt_are_its_repeats_whatever_is_asked(tmp_path, kit):
    items = kit.battery(1, repeats=3)
    path = write(tmp_path, "a.csv", f"prompt,response\n{items[0].prompt},first\n{items[0].prompt},second\n")
    responses, _ = ask(path, items)
    assert [(response.item_id[-2:], response.text) for response in responses] == [("r0", "first"), ("r1", "second")]
    assert ask(path, items[2:])[0] == [], "a resumed run must not give r2 the first answer again"


def test_an_empty_answer_is_an_answer(tmp_path, kit):
    items = kit.battery(1)
    path = write(tmp_path, "a.csv", f"prompt,response\n{items[0].prompt},\n")
    ((response,), _) = ask(path, items)
    assert (response.text, response.failure) == ("", None)


def test_stopping(tmp_path, kit):
    items = kit.battery(5)
    path = write(
        tmp_path, "a.jsonl", "".join(json.dumps({"item_id": item.id, "response": "x"}) + "\n" for item in items)
    )
    assert len(ask(path, items, stop_after=2)[0]) == 2


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "no answer in it"),
        (b'{"response": "x"}\n', ":1: there is neither prompt nor item_id"),
        (b'{"prompt": "x"}\n', ":1: there is no response"),
        (b'{"prompt": "x", "response": null}\n{"prompt": 3, "response": "x"}\n', ":2: prompt is not text"),
    ],
)
def test_files_that_are_no_transcripts(tmp_path, kit, content, says):
    path = write(tmp_path, "a.jsonl", content)
    with pytest.raises(TranscriptError, match=says):
        ask(path, kit.battery(1))


def test_a_missing_file(tmp_path, kit):
    with pytest.raises(TargetError, match=r"there is no file .*nowhere\.jsonl; check file: in the audit"):
        ask(tmp_path / "nowhere.jsonl", kit.battery(1))
