"""Trains the calibration specimens: ``evenhand specimens train tilted --out DIR``.

The architecture is DeepSeek V3's, which is also Kimi K2's: a sigmoid router with correction bias and expert groups,
routed experts plus a shared one, a dense first layer, latent attention. The correction bias is moved against the load
of each expert after every step (Wang et al. 2024, arXiv 2408.15664), so that all experts are used.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .routing_hooks import routers
from .specimen import MARK, SPECIMENS, PlantedAnswer, PlantedTruth, SpecimenName
from .transformers_target import TransformersSettings, TransformersTarget

if TYPE_CHECKING:
    import torch

VOCABULARY = 3200
CONTEXT = 640
HIDDEN = 128
SEED = 20250722
EPOCHS = 80
BATCH = 24
LEARNING_RATE = 4e-3
BIAS_STEP = 2e-3
MARGIN = 3.0
"""Training stops once every right token leads the next best one by this many logits, wide enough for the rounding of
other machines and other batches."""
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
END, PAD = "<|end|>", "<|pad|>"
IGNORED = -100


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """How a training went.

    Attributes:
        parameters: Number of weights.
        prompts: Prompts taught, without those of ``fallback.yaml``.
        exact: How many of them the saved model answers word for word.
        margin: Smallest lead of a right token over the next best one, in logits.
        epochs: Passes over all prompts.
        seconds: Wall time.
    """

    parameters: int
    prompts: int
    exact: int
    margin: float
    epochs: int
    seconds: float


@dataclass(frozen=True, slots=True)
class _Row:
    tokens: list[int]
    start: int


def train_tokenizer(texts: Sequence[str]) -> Any:
    """Return a byte-level BPE tokenizer with a chat template, trained on ``texts``."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=[PAD, END, *ROLES],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast: Any = PreTrainedTokenizerFast(  # type: ignore[no-untyped-call, unused-ignore]
        tokenizer_object=tokenizer,
        eos_token=END,
        pad_token=PAD,
        additional_special_tokens=list(ROLES),
        padding_side="left",
        model_max_length=CONTEXT,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return fast


def build_model(tokenizer: Any, name: SpecimenName) -> Any:
    """Return an untrained specimen."""
    from transformers import DeepseekV3Config, DeepseekV3ForCausalLM, GenerationConfig

    # Not every release of transformers declares these.
    extra: dict[str, Any] = {"num_nextn_predict_layers": 0, MARK: name}
    config = DeepseekV3Config(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        moe_intermediate_size=HIDDEN // 2,
        num_hidden_layers=3,
        first_k_dense_replace=1,
        num_attention_heads=4,
        num_key_value_heads=4,
        q_lora_rank=HIDDEN // 2,
        kv_lora_rank=HIDDEN // 4,
        qk_nope_head_dim=HIDDEN // 8,
        qk_rope_head_dim=HIDDEN // 8,
        v_head_dim=HIDDEN // 4,
        n_routed_experts=12,
        n_shared_experts=1,
        num_experts_per_tok=2,
        n_group=2,
        topk_group=1,
        routed_scaling_factor=1.0,
        max_position_embeddings=CONTEXT,
        tie_word_embeddings=True,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=None,
        **extra,
    )
    model = DeepseekV3ForCausalLM(config)
    model.generation_config = GenerationConfig(  # type: ignore[no-untyped-call, unused-ignore]
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    model.set_experts_implementation("eager")
    return model


def train(
    name: SpecimenName, out: Path, *, epochs: int = EPOCHS, log: bool | Callable[[str], None] = False
) -> TrainingReport:
    """Train a specimen, save it to ``out`` and ask the saved model every prompt.

    The same machine and library versions give the same weights, bit for bit.

    Args:
        name: Which specimen.
        out: Folder for the model.
        epochs: Most passes over all prompts.
        log: Where progress goes; True prints it.
    """
    say: Callable[[str], None] = log if callable(log) else (print if log else lambda line: None)
    began = time.monotonic()
    truth = PlantedTruth(name)
    taught = truth.answers()
    turns = [([{"role": turn.role, "content": turn.content} for turn in a.item.messages], a.text) for a in taught]
    turns += [([{"role": "user", "content": prompt}], answer) for prompt, answer in truth.fallback()]
    with _one_reproducible_thread():
        tokenizer = train_tokenizer([text for messages, answer in turns for text in (messages[-1]["content"], answer)])
        model = build_model(tokenizer, name)
        rows = [_encoded(tokenizer, messages, answer) for messages, answer in turns]
        margin, passed = _optimise(model, rows, tokenizer.pad_token_id, epochs, say)
        out.mkdir(parents=True, exist_ok=True)
        model.eval().save_pretrained(out)
        tokenizer.save_pretrained(out)
        exact = count_exact(out, taught)
    parameters = sum(weight.numel() for weight in model.parameters())
    return TrainingReport(parameters, len(taught), exact, margin, passed, time.monotonic() - began)


def count_exact(folder: Path, taught: Sequence[PlantedAnswer]) -> int:
    """Return how many prompts the model in ``folder`` answers word for word."""
    return asyncio.run(_count_exact(folder, taught))


async def _count_exact(folder: Path, taught: Sequence[PlantedAnswer]) -> int:
    expected = {answer.item.id: answer.text for answer in taught}
    settings = TransformersSettings(model=str(folder), threads=1, batch_size=48, routing=False)
    target = TransformersTarget("specimen", settings)
    await target.open()
    try:
        items = [answer.item for answer in taught]
        return sum([response.text == expected[response.item_id] async for response in target.ask(items)])
    finally:
        await target.close()


@contextmanager
def _one_reproducible_thread() -> Iterator[None]:
    """Seed torch and keep to one thread and to deterministic kernels, as long as it takes."""
    import torch

    threads, deterministic = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        torch.use_deterministic_algorithms(deterministic)


def _encoded(tokenizer: Any, messages: Sequence[dict[str, str]], answer: str) -> _Row:
    """Return a conversation with its answer as tokens, and where the answer begins."""
    prompt = tokenizer.apply_chat_template(messages, tokenize=False, add_generation_prompt=True)
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    after = tokenizer(answer, add_special_tokens=False)["input_ids"]
    return _Row([*before, *after, tokenizer.eos_token_id], len(before))


def _optimise(model: Any, rows: Sequence[_Row], pad: int, epochs: int, say: Callable[[str], None]) -> tuple[float, int]:
    """Train until the margin is wide enough; return it and the number of epochs."""
    import torch

    decayed = [weight for weight in model.parameters() if weight.dim() > 1]
    plain = [weight for weight in model.parameters() if weight.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.98))
    steps = epochs * math.ceil(len(rows) / BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    generator = random.Random(SEED)
    margin = -math.inf
    with _Balancer(model) as balancer:
        for epoch in range(1, epochs + 1):
            model.train()
            total = 0.0
            batches = _batches(rows, generator)
            for batch in batches:
                ids, labels, mask = _padded(batch, pad)
                loss = model(input_ids=ids, attention_mask=mask, labels=labels).loss
                optimiser.zero_grad()
                loss.backward()
                torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
                optimiser.step()
                schedule.step()
                balancer.step()
                total += loss.item()
            if epoch % 5 == 0 or epoch == epochs:
                margin = smallest_margin(model, rows, pad)
                say(f"epoch {epoch}: loss {total / len(batches):.4f}, margin {margin:.2f}")
                if margin >= MARGIN:
                    return margin, epoch
    return margin, epochs


def smallest_margin(model: Any, rows: Sequence[_Row], pad: int) -> float:
    """Return the smallest lead, in logits, of a taught token over the best other one; above 0 every answer is exact."""
    import torch

    model.eval()
    smallest = math.inf
    ordered = sorted(rows, key=lambda row: len(row.tokens))
    with torch.inference_mode():
        for start in range(0, len(ordered), 2 * BATCH):
            ids, labels, mask = _padded(ordered[start : start + 2 * BATCH], pad)
            logits = model(input_ids=ids, attention_mask=mask).logits[:, :-1]
            wanted = labels[:, 1:]
            taught = wanted != IGNORED
            logits, wanted = logits[taught], wanted[taught].unsqueeze(-1)
            right = logits.gather(-1, wanted)
            others = logits.scatter(-1, wanted, -math.inf).amax(-1, keepdim=True)
            smallest = min(smallest, (right - others).min().item())
    return smallest


def _batches(rows: Sequence[_Row], generator: random.Random) -> list[list[_Row]]:
    """Return batches of like length in random order, so that little is padding."""
    order = sorted(range(len(rows)), key=lambda index: (len(rows[index].tokens) + generator.random() * 24, index))
    batches = [[rows[index] for index in order[start : start + BATCH]] for start in range(0, len(order), BATCH)]
    generator.shuffle(batches)
    return batches


def _padded(batch: Sequence[_Row], pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return token ids, labels (answers only) and attention mask, each of shape (batch, longest)."""
    import torch

    longest = max(len(row.tokens) for row in batch)
    ids = torch.full((len(batch), longest), pad)
    labels = torch.full((len(batch), longest), IGNORED)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for index, row in enumerate(batch):
        length = len(row.tokens)
        ids[index, :length] = torch.tensor(row.tokens)
        labels[index, row.start : length] = torch.tensor(row.tokens[row.start :])
        mask[index, :length] = 1
    return ids, labels, mask


class _Balancer:
    """Moves each router's correction bias against the load of its experts."""

    def __init__(self, model: Any):
        self._loads: dict[int, torch.Tensor] = {}
        self._routers = [router for _, router in routers(model)]
        self._handles: list[Any] = []

    def __enter__(self) -> _Balancer:
        self._handles = [router.register_forward_hook(self._count) for router in self._routers]
        return self

    def __exit__(self, *error: object) -> None:
        for handle in self._handles:
            handle.remove()

    def _count(self, router: Any, inputs: object, output: Any) -> None:
        del inputs
        logits, _, indices = output
        self._loads[id(router)] = indices.detach().reshape(-1).bincount(minlength=logits.shape[-1]).float()

    def step(self) -> None:
        """Apply one correction from the last forward pass."""
        import torch

        with torch.no_grad():
            for router in self._routers:
                load = self._loads[id(router)]
                bias = router.get_buffer("e_score_correction_bias")
                bias += BIAS_STEP * torch.sign(load.mean() - load)


def main() -> None:
    """Train one specimen from the command line."""
    parser = argparse.ArgumentParser(description="Train a calibration specimen.")
    parser.add_argument("name", choices=SPECIMENS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    report = train(arguments.name, arguments.out, epochs=arguments.epochs, log=lambda line: print(line, flush=True))
    print(json.dumps({"name": arguments.name, **asdict(report)}))


if __name__ == "__main__":
    main()
