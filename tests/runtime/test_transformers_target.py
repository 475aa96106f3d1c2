"""A local model as a target: what it answers, what it says when it cannot, and that batching changes nothing."""

from __future__ import annotations

import asyncio
import json
import re
import shutil

import numpy as np
import pytest

pytestmark = pytest.mark.local
torch = pytest.importorskip("torch")

import tiny_models  # noqa: E402

from evenhand.errors import TargetError  # noqa: E402
from evenhand.runtime.transformers_target import TransformersSettings, TransformersTarget  # noqa: E402


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tiny_models.save(tmp_path_factory.mktemp("models") / "moe")


@pytest.fixture(scope="module")
def dense(tmp_path_factory):
    return tiny_models.save(tmp_path_factory.mktemp("models") / "dense", "llama", chat=False)


def make(path, **settings):
    given = {"model": str(path), "threads": 1, "device": "cpu", "max_new_tokens": 12, **settings}
    return TransformersTarget("model", TransformersSettings.model_validate(given))


def ask(path, items, prepare=None, **settings):
    async def run():
        target = make(path, **settings)
        try:
            await target.open()
            if prepare:
                prepare(target)
            return {response.item_id: response async for response in target.ask(items)}
        finally:
            await target.close()

    return asyncio.run(run())


def opening(path, **settings):
    with pytest.raises(TargetError) as caught:
        asyncio.run(make(path, **settings).open())
    text = str(caught.value)
    assert "\n" not in text
    assert caught.value.fix
    assert len(text) < 400
    return text


def test_an_answer_and_what_is_known_of_it(folder):
    items = tiny_models.items(tiny_models.prompts(5))
    responses = ask(folder, items, batch_size=2)
    assert set(responses) == {item.id for item in items}
    for response in responses.values():
        assert response.failure is None
        assert (response.host, response.target, response.model) == ("local", "model", str(folder))
        assert response.finish_reason == ("length" if response.completion_tokens == 12 else "stop")
        assert response.started_at <= response.finished_at
        assert len(response.prompt_hash) == 64
        assert response.routing.prompt_tokens == response.prompt_tokens


@pytest.mark.parametrize("temperature", [0.0, 0.9])
def test_batching_changes_nothing(folder, temperature):
    items = tiny_models.items(tiny_models.prompts(20))
    alone = ask(folder, items, batch_size=1, temperature=temperature, seed=3)
    together = ask(folder, items[::-1], batch_size=8, temperature=temperature, seed=3)
    assert {key: response.text for key, response in alone.items()} == {key: r.text for key, r in together.items()}
    for key, response in alone.items():
        assert response.finish_reason == together[key].finish_reason
        assert np.array_equal(response.routing.prompt, together[key].routing.prompt)
        assert np.array_equal(response.routing.completion, together[key].routing.completion)
    assert len({response.text for response in alone.values()}) > 10


def test_a_short_prompt_beside_a_long_one_keeps_its_room(folder):
    # The context is 96 tokens: the long prompt has room for few new tokens, the short ones for all of them.
    items = tiny_models.items(["who?", " ".join(tiny_models.WORDS)[:130], "when?"])

    def never_end(target):
        target._model.generation_config.eos_token_id = None
        target._tokenizer.eos_token = None

    responses = ask(folder, items, never_end, batch_size=8, max_new_tokens=60)
    used = [(response.prompt_tokens, response.completion_tokens) for _, response in sorted(responses.items())]
    assert [new for _, new in used] == [min(60, 96 - prompt) for prompt, _ in used]
    assert used[1][1] < 60
    assert {response.finish_reason for response in responses.values()} == {"length"}


def test_sampling_depends_on_seed_and_item_alone(folder):
    items = tiny_models.items(["who owns the harbour?"] * 6)
    first, again, other = (
        ask(folder, items, temperature=1.5, seed=seed, routing=False, batch_size=size)
        for seed, size in ((1, 3), (1, 6), (2, 6))
    )
    texts = [[responses[item.id].text for item in items] for responses in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]
    assert len(set(texts[0])) > 3, "repeats of one prompt must differ"


def test_sampling_draws_from_the_softmax():
    from evenhand.runtime.item_sampling import item_sampler

    logits = torch.tensor([[2.0, 0.0, 1.0, -1.0]]).repeat(500, 1)
    processor = item_sampler([str(row) for row in range(500)], temperature=0.7, seed=0)
    drawn = torch.stack([processor(torch.zeros(500, 1), logits).argmax(-1) for _ in range(40)]).reshape(-1)
    shares = torch.bincount(drawn, minlength=4) / len(drawn)
    assert torch.allclose(shares, torch.softmax(logits[0] / 0.7, -1), atol=0.012)


def test_a_prompt_longer_than_the_context_fails_alone(folder):
    items = tiny_models.items(["who?", "why " * 200, "when?"])
    responses = ask(folder, items)
    kinds = [responses[item.id].failure and responses[item.id].failure.kind for item in items]
    assert kinds == [None, "context", None]
    assert "context 96" in responses[items[1].id].failure.message


def test_a_prompt_that_the_template_refuses_fails_alone(folder):
    items = tiny_models.items(["who?", "refuse this"])
    responses = ask(folder, items)
    assert responses[items[0].id].text
    assert responses[items[1].id].failure.message == "the chat template failed: no such role"


def test_one_bad_prompt_does_not_take_its_batch_along(folder):
    items = tiny_models.items([*tiny_models.prompts(5), "a snag here"])
    good = ask(folder, items[:5], batch_size=8)

    def snag(target):
        length = len(target._rendered(items[5]).tokens)

        def refuse(module, inputs, output):
            masked = inputs[0].shape[1] - length
            if inputs[0].shape[1] >= length and (inputs[0][:, masked:] == wanted).all(-1).any():
                raise RuntimeError("the kernel\n  gave up")

        wanted = torch.tensor(target._rendered(items[5]).tokens)
        target._model.get_input_embeddings().register_forward_hook(refuse)

    responses = ask(folder, items, snag, batch_size=8)
    assert {key: responses[key].text for key in good} == {key: response.text for key, response in good.items()}
    failure = responses[items[5].id].failure
    assert (failure.kind, failure.message) == ("target", "the kernel gave up")


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes")])
def test_the_batch_is_halved_where_memory_runs_out(folder, error):
    items = tiny_models.items(tiny_models.prompts(9))
    sizes = []

    def small(target):
        def limit(module, inputs, output):
            sizes.append(len(inputs[0]))
            if len(inputs[0]) > 2:
                raise error

        target._model.get_input_embeddings().register_forward_hook(limit)

    responses = ask(folder, items, small, batch_size=8)
    assert not any(response.failure for response in responses.values())
    assert [size for index, size in enumerate(sizes) if index == 0 or size != sizes[index - 1]][:3] == [8, 4, 2]

    def none(target):
        target._model.get_input_embeddings().register_forward_hook(lambda *_: (_ for _ in ()).throw(MemoryError))

    responses = ask(folder, items[:2], none)
    assert {response.failure.message for response in responses.values()} == {"not enough memory for this prompt"}


def test_a_token_that_the_model_does_not_know(folder):
    items = tiny_models.items(["who? <|new|>", "who?"])
    responses = ask(folder, items, lambda target: target._tokenizer.add_tokens(["<|new|>"]))
    assert responses[items[0].id].failure.message == "the tokenizer gives token 320 and the model knows 320"
    assert responses[items[1].id].failure is None


def test_a_base_model_is_asked_to_complete_and_has_no_routing(dense):
    (item,) = tiny_models.items(["Who owns the harbour?"])
    seen = []
    responses = ask(dense, [item], lambda target: seen.append(target._rendered(item).rendered))
    assert seen == ["Question: Who owns the harbour?\nAnswer:"]
    assert responses[item.id].routing is None


def test_the_system_prompt_stands_first(folder):
    (item,) = tiny_models.items(["Who?"])
    seen = []
    ask(folder, [item], lambda target: seen.append(target._rendered(item).rendered), system="Be brief.")
    assert seen == ["<|system|>Be brief.<|end|><|user|>Who?<|end|><|assistant|>"]


def test_stop_begins_no_further_batch(folder):
    items = tiny_models.items(tiny_models.prompts(12))

    async def run():
        target = make(folder, batch_size=4)
        await target.open()
        got = []
        async for response in target.ask(items):
            got.append(response)
            target.stop()
        return got

    assert len(asyncio.run(run())) == 4


def test_asking_before_opening_is_an_error(folder):
    async def run():
        return [response async for response in make(folder).ask(tiny_models.items(["Who?"]))]

    with pytest.raises(TargetError, match="not open"):
        asyncio.run(run())


def test_the_card_shows_the_model_as_written(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "models" / "mine")
    target = TransformersTarget("model", TransformersSettings(model="models/mine").beside(tmp_path))
    assert target.card().model == "models/mine"
    assert target.settings.path() == str(tmp_path / "models" / "mine")
    assert target.settings.identity()["model"] == "models/mine"
    assert str(tmp_path) not in json.dumps(dict(target.card().settings))
    asyncio.run(target.open())


@pytest.mark.parametrize("name", ["tilted", "even"])
def test_specimens_are_recognised(name, tmp_path):
    card = TransformersTarget("model", TransformersSettings(model=f"specimen:{name}").beside(tmp_path)).card()
    assert (card.model, card.specimen) == (f"specimen:{name}", name)


def test_there_is_no_such_specimen():
    with pytest.raises(TargetError, match=r"no specimen 'odd'.*specimen:tilted"):
        make("specimen:odd").card()


def broken(folder, tmp_path, change):
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    change(copy)
    return copy


def truncate(copy):
    weights = copy / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-2000])


def without(*patterns):
    def remove(copy):
        for pattern in patterns:
            for path in copy.glob(pattern):
                path.unlink()

    return remove


def pickled(copy):
    (copy / "model.safetensors").rename(copy / "pytorch_model.bin")


def remote(copy):
    config = json.loads((copy / "config.json").read_text())
    config["model_type"] = "harbour-lm"
    config["auto_map"] = {"AutoConfig": "code.Config", "AutoModelForCausalLM": "code.Model"}
    (copy / "config.json").write_text(json.dumps(config))
    (copy / "code.py").write_text("raise SystemExit('this ran')")


def write(name, text):
    return lambda copy: (copy / name).write_text(text)


def unknown_type(copy):
    config = json.loads((copy / "config.json").read_text())
    (copy / "config.json").write_text(json.dumps({**config, "model_type": "harbour-lm"}))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (truncate, r"model\.safetensors of .* is damaged; download it again"),
        (write("model.safetensors", "<html>quota</html>"), r"model\.safetensors of .* is damaged"),
        (without("model.safetensors"), r"holds no \.safetensors; .*pickled weights are not loaded"),
        (pickled, r"holds no \.safetensors"),
        (without("token*", "vocab*", "special*"), r"holds no tokenizer; copy tokenizer\.json"),
        (write("tokenizer.json", "{"), r"cannot be loaded"),
        (without("config.json"), r"holds no config\.json"),
        (write("config.json", "\x00\x01 not json"), r"config\.json of .* is no JSON"),
        (write("config.json", "[]"), r"names no model_type"),
        (unknown_type, r"cannot be loaded"),
        (remote, r"wants to run code of its own; read that code, and set trust_remote_code: true"),
    ],
)
def test_what_is_wrong_with_a_model_is_one_sentence(folder, tmp_path, change, sentence):
    text = opening(broken(folder, tmp_path, change))
    assert re.search(sentence, text), text


def test_a_damaged_shard_is_named(folder, tmp_path):
    copy = tmp_path / "sharded"
    model = tiny_models.model("mixtral")
    model.save_pretrained(copy, max_shard_size="10KB")
    tiny_models.tokenizer().save_pretrained(copy)
    shard = sorted(copy.glob("model-*.safetensors"))[2]
    shard.write_bytes(shard.read_bytes()[:-100])
    assert opening(copy).startswith(f"{shard.name} of {copy} is damaged")


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("./nowhere", "there is no model in ./nowhere; check the path"),
        ("/nowhere/at/all", "there is no model in /nowhere/at/all"),
        (__file__, "is a file; name the folder"),
    ],
)
def test_a_path_without_a_model(model, sentence):
    assert sentence in opening(model)


def test_a_hub_id_that_cannot_be_had(monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    assert "harbour/none-such cannot be had from the hub" in opening("harbour/none-such")


@pytest.mark.parametrize(
    ("device", "sentence"),
    [
        ("cuda:63", "the audit asks for device cuda:63 and this machine has"),
        ("mps", "device mps and this machine has none"),
        ("banana", "there is no device 'banana'; use auto"),
    ],
)
def test_a_device_that_is_not_there(folder, device, sentence):
    if device == "mps" and torch.backends.mps.is_available():
        pytest.skip("this machine has it")
    assert sentence in opening(folder, device=device)


@pytest.mark.parametrize(
    "wrong", [{"model": ""}, {"dtype": "int3"}, {"temperature": -1}, {"batch_size": 0}, {"temprature": 1.0}]
)
def test_settings_are_checked(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        TransformersSettings.model_validate({"model": "x", **wrong})
