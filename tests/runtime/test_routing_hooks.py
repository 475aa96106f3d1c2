"""Expert counts against a reference that runs each conversation alone, without cache or padding, counted by hand."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

pytestmark = pytest.mark.local
torch = pytest.importorskip("torch")

import tiny_models  # noqa: E402

from evenhand.runtime.routing_hooks import RoutingRecorder, routers  # noqa: E402

MOE = [family for family in tiny_models.FAMILIES if family != "llama"]
FIRST = 6
PROMPTS = [[9, 40, 77], [12], [5, 6, 7, 8, 9, 10, 11, 300, 200], [30, 31], [99, 98, 97, 96, 95]]


def batched(model, first_tokens=FIRST, new_tokens=12):
    """Return sequences without padding, and their counts, of all prompts in one batch."""
    longest = max(map(len, PROMPTS))
    ids = torch.tensor([[0] * (longest - len(prompt)) + prompt for prompt in PROMPTS])
    mask = torch.tensor([[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in PROMPTS])
    recorder = RoutingRecorder(model, mask, first_tokens)
    with torch.inference_mode(), recorder:
        output = model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=new_tokens, do_sample=False)
    sequences = []
    for row in output[:, longest:].tolist():
        sequences.append(row[: row.index(1) + 1] if 1 in row else row)
    return sequences, recorder.counts([len(row) for row in sequences])


def counted_alone(model, prompt, answer, first_tokens=FIRST):
    """Return for each layer how often each expert was chosen by the prompt's tokens and by the first answer tokens."""
    fed = prompt + answer[:-1][:first_tokens]
    seen = {}
    handles = [
        router.register_forward_hook(lambda _, __, output, layer=layer: seen.__setitem__(layer, output[2].tolist()))
        for layer, router in routers(model)
    ]
    with torch.inference_mode():
        model(input_ids=torch.tensor([fed]), use_cache=False)
    for handle in handles:
        handle.remove()
    of_prompt = {layer: Counter(e for token in tokens[: len(prompt)] for e in token) for layer, tokens in seen.items()}
    of_answer = {layer: Counter(e for token in tokens[len(prompt) :] for e in token) for layer, tokens in seen.items()}
    return of_prompt, of_answer, len(fed) - len(prompt)


def as_counters(layers, rows):
    return {
        layer: Counter({expert: int(count) for expert, count in enumerate(row) if count})
        for layer, row in zip(layers, rows, strict=True)
    }


@pytest.mark.parametrize("family", MOE)
def test_counts_are_those_of_each_conversation_alone(family):
    model = tiny_models.model(family)
    sequences, counts = batched(model)
    for prompt, answer, count in zip(PROMPTS, sequences, counts, strict=True):
        of_prompt, of_answer, fed = counted_alone(model, prompt, answer)
        assert as_counters(count.layers, count.prompt) == of_prompt
        assert as_counters(count.layers, count.completion) == of_answer
        assert (count.prompt_tokens, count.first_tokens) == (len(prompt), fed)
        assert (count.prompt.sum(axis=1) == len(prompt) * count.top_k).all()


def test_answers_that_end_at_different_lengths_are_counted_to_their_own_end():
    model = tiny_models.model("deepseek-v3")
    with torch.inference_mode():
        # An end token that comes up here and there: the one the model says most often.
        model.generation_config.eos_token_id = None
        longest, _ = batched(model)
    end = Counter(token for row in longest for token in row).most_common(1)[0][0]
    model.generation_config.eos_token_id = end
    ids = [row[: row.index(end) + 1] if end in row else row for row in longest]
    assert len({len(row) for row in ids}) > 1, "the seed gives answers of one length only"

    width = max(map(len, PROMPTS))
    mask = torch.tensor([[0] * (width - len(prompt)) + [1] * len(prompt) for prompt in PROMPTS])
    padded = torch.tensor([[0] * (width - len(prompt)) + prompt for prompt in PROMPTS])
    recorder = RoutingRecorder(model, mask, FIRST)
    with torch.inference_mode(), recorder:
        model.generate(input_ids=padded, attention_mask=mask, max_new_tokens=12, do_sample=False)
    for prompt, answer, count in zip(PROMPTS, ids, recorder.counts([len(row) for row in ids]), strict=True):
        _, of_answer, fed = counted_alone(model, prompt, answer)
        assert as_counters(count.layers, count.completion) == {layer: of_answer[layer] for layer in count.layers}
        assert count.first_tokens == fed == min(FIRST, len(answer) - 1)


def test_kimi_k2_shape():
    model = tiny_models.model("kimi-k2")
    _, counts = batched(model)
    assert all(count.prompt.shape == (2, 384) and count.top_k == 8 and count.layers == (1, 2) for count in counts)


def test_the_correction_bias_and_the_groups_decide_which_experts_count():
    model = tiny_models.model("deepseek-v3")
    _, router = routers(model)[0]
    with torch.no_grad():
        router.e_score_correction_bias.copy_(torch.linspace(-2, 2, 12))
    captured = []
    handle = router.register_forward_pre_hook(lambda _, inputs: captured.append(inputs[0].reshape(-1, 32)))
    _, counts = batched(model, new_tokens=1)
    handle.remove()
    width = max(map(len, PROMPTS))
    hidden = captured[0].reshape(len(PROMPTS), width, 32)
    raw_differs = False
    for row, prompt in enumerate(PROMPTS):
        expected, raw = Counter(), Counter()
        for token in hidden[row, width - len(prompt) :].double():
            logits = (router.weight.double() @ token).tolist()
            raw.update(sorted(range(12), key=lambda e: -logits[e])[:3])
            scores = [1 / (1 + np.exp(-x)) + b for x, b in zip(logits, np.linspace(-2, 2, 12), strict=True)]
            groups = [sum(sorted(scores[4 * g : 4 * g + 4])[-2:]) for g in range(3)]
            best = sorted(range(3), key=lambda g: -groups[g])[:2]
            allowed = [expert for expert in range(12) if expert // 4 in best]
            expected.update(sorted(allowed, key=lambda e: -scores[e])[:3])
        assert as_counters((1,), counts[row].prompt[:1]) == {1: expected}
        raw_differs |= raw != expected
    assert raw_differs


@pytest.mark.parametrize("first_tokens", [0, 1, 100])
def test_number_of_generated_tokens_counted(first_tokens):
    model = tiny_models.model("mixtral")
    model.generation_config.eos_token_id = None
    _, counts = batched(model, first_tokens, new_tokens=5)
    assert {count.first_tokens for count in counts} == {min(first_tokens, 4)}
    assert {int(count.completion.sum()) for count in counts} == {min(first_tokens, 4) * 2 * 3}


def test_a_dense_model_has_no_counts_and_no_hook_stays_behind():
    _, counts = batched(tiny_models.model("llama"))
    assert counts == [None] * len(PROMPTS)
    model = tiny_models.model("olmoe")
    batched(model)
    assert not any(router._forward_hooks for _, router in routers(model))


def test_hooks_are_removed_when_generation_fails():
    model = tiny_models.model("mixtral")
    with pytest.raises(IndexError), RoutingRecorder(model, torch.ones(1, 1), 1), torch.inference_mode():
        model(input_ids=torch.tensor([[100_000]]))
    assert not any(router._forward_hooks for _, router in routers(model))
