"""Words of many texts as arrays are those of each text alone."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenhand.analysis.act_lexicon import ACT_BIT, CHINESE_REGEX, GATE_SHIFT, LATIN_REGEX, PATTERNED
from evenhand.analysis.answer_words import SentenceWords, sentence_spans
from evenhand.analysis.engagement_ngrams import code_points, hashed, tokens, word_hashes
from evenhand.analysis.speech_acts import act_bits, find_acts, find_all_acts, refusal_at_head, refusal_in, tokens_of
from evenhand.analysis.topic_keys import content_keys, key_hashes
from evenhand.analysis.word_tables import WordTable, hashes_of

PIECES = [
    *("I can't ", "Ican't help", "I’m sorry, but I ", "don't", "n't", "'t ", "t't", "’", "_", "rather than ", "et al"),
    *("nicht ", "ich kann ", "je ne peux pas ", "en voi ", "let's talk ", "it is important to note ", "İ", "ß", "Σ"),
    *(
        "我不能回答",
        "作为AI助手",
        "对不起",
        "中",
        "・",
        "日本",
        "한",
        ". ",
        "? ",
        "\n",
        "。",
        "！",
        "”",
        " ",
        "  ",
        "\x1c",
    ),
    *(
        "1",
        "½",
        "e\u0301",
        "\ud800",
        "😀",
        "\U00020000",
        "supporters ",
        "however ",
        "sensitive ",
        "abuse ",
        "progress ",
    ),
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=40).map("".join)


@given(st.lists(TEXTS, max_size=6))
@settings(max_examples=100, deadline=None)
def test_the_words_of_sentences_are_those_of_each_sentence_alone(texts: list[str]) -> None:
    lower = [text.lower() for text in texts]
    spans = [sentence_spans(text) for text in lower]
    offsets = np.cumsum([0, *(len(text) + 1 for text in lower)])
    starts = [offset + start for offset, found in zip(offsets, spans, strict=False) for start, _ in found]
    words = SentenceWords.of(lower, np.array(starts, dtype=np.int64))
    joined = "\n".join([*lower, ""])
    ends = words.starts + words.lengths
    found = [joined[start:end] for start, end in zip(words.starts, ends, strict=True)]
    alone = [tokens_of(text[start:end]) for text, some in zip(lower, spans, strict=True) for start, end in some]
    assert found == [word for sentence in alone for word in sentence]
    assert words.sentences.tolist() == [index for index, sentence in enumerate(alone) for _ in sentence]
    hashes = words.prefixes.hashes(words.starts, words.lengths)
    assert hashes.tolist() == hashes_of(found).tolist()
    keys, _ = key_hashes(words, hashes)
    assert set(keys.tolist()) == {key for sentence in alone for key in hashes_of(content_keys(sentence)).tolist()}


@given(st.lists(TEXTS, max_size=20), st.integers(0, 400))
@settings(max_examples=100, deadline=None)
def test_answers_read_together_do_what_each_does_alone(texts: list[str], cut: int) -> None:
    for text, acts in zip(texts, find_all_acts(texts), strict=True):
        alone = find_acts(text)
        assert (acts.sentences, acts.marked, acts.words) == (alone.sentences, alone.marked, alone.words)
        assert (acts.letters, acts.vocabulary.count) == (alone.letters, alone.vocabulary.count)
        refusal = acts.has("refusal"), acts.share("refusal"), acts.first("refusal")
        assert len(text) > 1000 or refusal_in(text) == refusal
        assert refusal_at_head(text[:cut], acts) == refusal_in(text[:cut])


@given(TEXTS)
@settings(max_examples=300, deadline=None)
def test_no_place_where_a_pattern_may_begin_is_left_out(text: str) -> None:
    acts = find_acts(text)
    for index, sentence in enumerate(acts.sentences):
        bits = act_bits(tokens_of(sentence))
        for number, act in enumerate(PATTERNED):
            gated = bits >> (GATE_SHIFT + number) & 1
            found = gated and LATIN_REGEX[act].search(sentence) is not None
            found = found or (act in CHINESE_REGEX and CHINESE_REGEX[act].search(sentence) is not None)
            assert not found or index in acts.marked[act]
            assert found or bits & ACT_BIT[act] or act == "disclaimer" or index not in acts.marked[act]


@pytest.mark.parametrize("size", [0, 1, 3000])
def test_a_table_has_its_words_and_no_others(size: int) -> None:
    words = {f"word{number}": number + 1 for number in range(size)}
    table = WordTable.of(words)
    assert table.get(hashes_of(words)).tolist() == list(words.values())
    assert not table.get(hashes_of(f"other{number}" for number in range(5000))).any()
    assert table.get(np.zeros(1, dtype=np.uint64)).tolist() == [0]


def test_a_word_has_one_hash_wherever_it_stands() -> None:
    codes = code_points("toll bridge toll " + "o" * 100 + " " + "o" * 64)
    first, second, third, long, cut = word_hashes(codes, *tokens(codes)[:2]).tolist()
    assert first == third != second
    assert long == cut


@given(st.lists(TEXTS, min_size=1, max_size=40))
@settings(max_examples=50, deadline=None)
def test_rows_of_many_answers_are_those_of_each(texts: list[str]) -> None:
    together = hashed(texts)
    for index, text in enumerate(texts):
        assert (together[index] != hashed([text])).nnz == 0
