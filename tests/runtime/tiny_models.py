"""Randomly initialised models of a few thousand weights, and a tokenizer trained on the spot."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from evenhand.probes.records import Item, Message

WORDS = (
    "should the harbour stay open or move to the north of the island where nobody lives and the wind is strong "
    "answer in one sentence please explain list argue write letter who owns what when why question city council"
).split()
CHAT_TEMPLATE = (
    "{% for m in messages %}{% if 'refuse this' in m['content'] %}{{ raise_exception('no such role') }}{% endif %}"
    "<|{{ m['role'] }}|>{{ m['content'] }}<|end|>{% endfor %}{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SIZES: Mapping[str, Any] = {
    "hidden_size": 32,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 96,
}
MLA: Mapping[str, Any] = {
    "q_lora_rank": 16,
    "kv_lora_rank": 16,
    "qk_nope_head_dim": 8,
    "qk_rope_head_dim": 8,
    "v_head_dim": 8,
    "num_key_value_heads": 4,
    "first_k_dense_replace": 1,
    "moe_intermediate_size": 16,
    "intermediate_size": 48,
}
FAMILIES: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "llama": ("Llama", {"intermediate_size": 48}),
    "mixtral": ("Mixtral", {"intermediate_size": 24, "num_local_experts": 6, "num_experts_per_tok": 2}),
    "qwen3-moe": (
        "Qwen3Moe",
        {"moe_intermediate_size": 16, "num_experts": 8, "num_experts_per_tok": 3, "head_dim": 8},
    ),
    "olmoe": ("Olmoe", {"intermediate_size": 24, "num_experts": 8, "num_experts_per_tok": 2}),
    "granite-moe": ("GraniteMoe", {"intermediate_size": 24, "num_local_experts": 5, "num_experts_per_tok": 2}),
    "gpt-oss": (
        "GptOss",
        {
            "intermediate_size": 24,
            "num_local_experts": 6,
            "num_experts_per_tok": 2,
            "head_dim": 8,
            "layer_types": ["full_attention"] * 3,
            "rope_parameters": {"rope_type": "default", "rope_theta": 10_000.0},
        },
    ),
    "glm4-moe": (
        "Glm4Moe",
        {
            "moe_intermediate_size": 16,
            "intermediate_size": 48,
            "n_routed_experts": 8,
            "num_experts_per_tok": 2,
            "first_k_dense_replace": 1,
            "head_dim": 8,
        },
    ),
    "deepseek-v3": (
        "DeepseekV3",
        {**MLA, "n_routed_experts": 12, "n_shared_experts": 1, "num_experts_per_tok": 3, "n_group": 3, "topk_group": 2},
    ),
    "kimi-k2": (
        "DeepseekV3",
        {
            **MLA,
            "n_routed_experts": 384,
            "n_shared_experts": 1,
            "num_experts_per_tok": 8,
            "n_group": 1,
            "topk_group": 1,
        },
    ),
}


def tokenizer(chat: bool = True) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    inner = Tokenizer(models.BPE())
    inner.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    inner.decoder = decoders.ByteLevel()
    special = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=special,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    inner.train_from_iterator([" ".join(WORDS)] * 2, trainer)
    names = {"eos_token": "<|end|>", "pad_token": "<|pad|>"}
    fast = PreTrainedTokenizerFast(tokenizer_object=inner, padding_side="left", **names)
    if chat:
        fast.chat_template = CHAT_TEMPLATE
    return fast


def model(family: str, *, vocabulary: int = 320, seed: int = 7, **settings: Any) -> Any:
    """Return a model whose weights are wide enough apart that experts and tokens are chosen clearly."""
    import torch
    import transformers

    name, own = FAMILIES[family]
    config = getattr(transformers, name + "Config")(
        **{
            **SIZES,
            **own,
            "vocab_size": vocabulary,
            "eos_token_id": 1,
            "pad_token_id": 0,
            "bos_token_id": None,
            **settings,
        }
    )
    made = getattr(transformers, name + "ForCausalLM")(config).eval()
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for key, weight in made.state_dict().items():
            if "norm" not in key:
                weight.copy_(torch.randn(weight.shape, generator=generator) * (0.5 if weight.dim() > 1 else 0.1))
    made.generation_config.eos_token_id = 1
    made.generation_config.pad_token_id = 0
    return made


def save(folder: Path, family: str = "deepseek-v3", *, chat: bool = True, **settings: Any) -> Path:
    model(family, **settings).save_pretrained(folder)
    tokenizer(chat).save_pretrained(folder)
    return folder


def items(prompts: list[str]) -> tuple[Item, ...]:
    return tuple(
        Item(
            id=f"harbour/direct/q{number}/en/r0",
            topic="harbour",
            family="direct",
            cluster=f"q{number}",
            language="en",
            messages=(Message("user", prompt),),
            sensitive=True,
            request="answer",
            proposition=None,
            claim=None,
            side=None,
            target_state=None,
            wording=0,
            repeat=0,
            matches=(),
            content_hash=str(number),
        )
        for number, prompt in enumerate(prompts)
    )


def prompts(count: int, longest: int = 24) -> list[str]:
    """Return prompts of different lengths."""
    return [
        " ".join(WORDS[(7 * number + step) % len(WORDS)] for step in range(1 + (5 * number) % longest)) + f" {number}?"
        for number in range(count)
    ]
