"""Trains the calibration specimens: ``python -m evenhand.runtime.specimen_training tilted --out DIR``.

The architecture is DeepSeek V3's, which is also Kimi K2's: a sigmoid router with correction bias and expert groups,
routed experts plus a shared one, a dense first layer, latent attention. The correction bias is moved against the load of
each expert after every step (Wang et al. 2024, arXiv 2408.15664), so that all experts are used.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .routing_hooks import routers
from .specimen import MARK, SPECIMENS, PlantedAnswer, PlantedTruth, SpecimenName

if TYPE_CHECKING:
    import torch

VOCABULARY = 3200
CONTEXT = 640
HIDDEN = 128
SEED = 20250722
EPOCHS = 100
BATCH = 24
LEARNING_RATE = 4e-3
BIAS_STEP = 2e-3
CHAT_TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] }}<|end|>{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")
END, PAD = "<|end|>", "<|pad|>"


@dataclass(frozen=True, slots=True)
class TrainingReport:
    """How a training went.

    Attributes:
        parameters: Number of weights.
        exact: Prompts answered word for word.
        prompts: Prompts taught.
        seconds: Wall time.
    """

    parameters: int
    exact: int
    prompts: int
    seconds: float


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
    fast = PreTrainedTokenizerFast(
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

    config = DeepseekV3Config(
        vocab_size=len(tokenizer),
        hidden_size=HIDDEN,
        intermediate_size=2 * HIDDEN,
        moe_intermediate_size=HIDDEN // 2,
        num_hidden_layers=4,
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
        **{MARK: name},
    )
    model = DeepseekV3ForCausalLM(config)
    model.generation_config = GenerationConfig(
        eos_token_id=tokenizer.eos_token_id, pad_token_id=tokenizer.pad_token_id, do_sample=False
    )
    return model


def train(name: SpecimenName, out: Path, *, epochs: int = EPOCHS, log: bool = False) -> TrainingReport:
    """Train a specimen and save it to ``out``.

    The same machine and thread count give the same weights.

    Args:
        name: Which specimen.
        out: Folder for the model.
        epochs: Passes over all prompts.
        log: Print progress.
    """
    import torch

    began = time.monotonic()
    torch.manual_seed(SEED)
    torch.use_deterministic_algorithms(True, warn_only=True)
    taught = PlantedTruth(name).answers()
    tokenizer = train_tokenizer([text for answer in taught for text in (answer.item.prompt, answer.text)])
    model = build_model(tokenizer, name)
    rows = [_encoded(tokenizer, answer) for answer in taught]
    _optimise(model, rows, tokenizer.pad_token_id, epochs, log)
    model.eval()
    out.mkdir(parents=True, exist_ok=True)
    model.save_pretrained(out)
    tokenizer.save_pretrained(out)
    exact = count_exact(model, tokenizer, taught)
    parameters = sum(weight.numel() for weight in model.parameters())
    return TrainingReport(parameters, exact, len(taught), time.monotonic() - began)


def _encoded(tokenizer: Any, answer: PlantedAnswer) -> tuple[list[int], int]:
    """Return prompt and answer as tokens, and where the answer begins."""
    turns = [{"role": turn.role, "content": turn.content} for turn in answer.item.messages]
    prompt = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    before = tokenizer(prompt, add_special_tokens=False)["input_ids"]
    after = tokenizer(answer.text, add_special_tokens=False)["input_ids"]
    return [*before, *after, tokenizer.eos_token_id], len(before)


def _optimise(model: Any, rows: Sequence[tuple[list[int], int]], pad: int, epochs: int, log: bool) -> None:
    import torch

    steps = epochs * math.ceil(len(rows) / BATCH)
    decayed = [weight for weight in model.parameters() if weight.dim() > 1]
    plain = [weight for weight in model.parameters() if weight.dim() <= 1]
    groups = [{"params": decayed, "weight_decay": 0.01}, {"params": plain, "weight_decay": 0.0}]
    optimiser = torch.optim.AdamW(groups, lr=LEARNING_RATE, betas=(0.9, 0.98))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, LEARNING_RATE, total_steps=steps, pct_start=0.1)
    balancer = _Balancer(model)
    generator = random.Random(SEED)
    model.train()
    for epoch in range(epochs):
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
        if log and (epoch + 1) % 10 == 0:
            print(f"epoch {epoch + 1}: loss {total / len(batches):.4f}", flush=True)  # noqa: T201
    balancer.close()


def _batches(rows: Sequence[tuple[list[int], int]], generator: random.Random) -> list[list[tuple[list[int], int]]]:
    """Return batches of like length in random order, so that little is padding."""
    order = sorted(range(len(rows)), key=lambda index: (len(rows[index][0]) + generator.random() * 24, index))
    batches = [[rows[index] for index in order[start : start + BATCH]] for start in range(0, len(order), BATCH)]
    generator.shuffle(batches)
    return batches


def _padded(batch: Sequence[tuple[list[int], int]], pad: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    import torch

    longest = max(len(tokens) for tokens, _ in batch)
    ids = torch.full((len(batch), longest), pad)
    labels = torch.full((len(batch), longest), -100)
    mask = torch.zeros((len(batch), longest), dtype=torch.long)
    for row, (tokens, start) in enumerate(batch):
        ids[row, : len(tokens)] = torch.tensor(tokens)
        labels[row, start : len(tokens)] = torch.tensor(tokens[start:])
        mask[row, : len(tokens)] = 1
    return ids, labels, mask


class _Balancer:
    """Moves each router's correction bias against the load of its experts."""

    def __init__(self, model: Any):
        import torch

        self._torch = torch
        self._loads: dict[int, torch.Tensor] = {}
        self._routers = [router for _, router in routers(model)]
        self._handles = [router.register_forward_hook(self._count) for router in self._routers]

    def _count(self, router: Any, inputs: object, output: Any) -> None:
        del inputs
        experts = output[0].shape[-1]
        self._loads[id(router)] = self._torch.bincount(output[2].detach().reshape(-1), minlength=experts).float()

    def step(self) -> None:
        """Apply one correction from the last forward pass."""
        with self._torch.no_grad():
            for router in self._routers:
                load = self._loads[id(router)]
                router.e_score_correction_bias += BIAS_STEP * self._torch.sign(load.mean() - load)

    def close(self) -> None:
        """Stop listening."""
        for handle in self._handles:
            handle.remove()


def count_exact(model: Any, tokenizer: Any, taught: Sequence[PlantedAnswer], batch: int = 48) -> int:
    """Return how many prompts are answered word for word by greedy decoding."""
    import torch

    model.set_experts_implementation("eager")
    ordered = sorted(taught, key=lambda answer: len(answer.item.prompt))
    exact = 0
    for start in range(0, len(ordered), batch):
        chunk = ordered[start : start + batch]
        prompts = [
            tokenizer.apply_chat_template(
                [{"role": turn.role, "content": turn.content} for turn in answer.item.messages],
                tokenize=False,
                add_generation_prompt=True,
            )
            for answer in chunk
        ]
        inputs = tokenizer(prompts, return_tensors="pt", padding=True, add_special_tokens=False)
        inputs.pop("token_type_ids", None)
        with torch.inference_mode():
            output = model.generate(**inputs, max_new_tokens=400, do_sample=False)
        texts = tokenizer.batch_decode(output[:, inputs["input_ids"].shape[1] :], skip_special_tokens=True)
        exact += sum(text.strip() == answer.text.strip() for text, answer in zip(texts, chunk, strict=True))
    return exact


def main() -> None:
    """Train one specimen from the command line."""
    import torch

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", choices=SPECIMENS)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    report = train(arguments.name, arguments.out, epochs=arguments.epochs, log=True)
    print(json.dumps({"name": arguments.name, **{key: getattr(report, key) for key in report.__slots__}}))  # noqa: T201


if __name__ == "__main__":
    main()
