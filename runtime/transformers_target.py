"""A local model through transformers: any causal LM on the hub or on disk, Mixture of Experts or dense."""

from __future__ import annotations

import asyncio
import hashlib
import warnings
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Self

from pydantic import Field

from ..errors import MissingExtraError, TargetError
from ..probes.records import Item
from .records import Failure, Response, RoutingCounts, TargetDescription
from .specimen import specimen_of, specimen_path
from .targets import TargetSettings, path_beside

if TYPE_CHECKING:
    import torch

COMPLETION_FRAME = "Question: {prompt}\nAnswer:"
"""How a base model, which has no chat template, is asked."""


class TransformersSettings(TargetSettings):
    """Settings of a local model.

    Attributes:
        model: Hub id, or path of a folder with ``config.json``; ``specimen:tilted`` and ``specimen:even`` name the
            calibration specimens.
        revision: Branch, tag or commit on the hub.
        dtype: Weights' precision; ``auto`` as stored.
        device: ``auto`` (CUDA or MPS where there is one), or a torch device.
        device_map: Spread over devices by accelerate; ``auto`` or None.
        attention: Attention implementation, or None for the library's choice.
        trust_remote_code: Run code that the repository brings. Off unless set here.
        threads: CPU threads; None for torch's choice.
        max_new_tokens: Longest answer in tokens.
        temperature: 0 is greedy; above it each item has a seed of its own, so that batching changes nothing.
        seed: Seed of the sampling.
        system: System prompt, or None.
        batch_size: Most conversations at once; halved where memory runs out.
        routing: Record the experts of a MoE model.
        routing_first_tokens: Generated tokens to record.
    """

    may_change: ClassVar[frozenset[str]] = frozenset({"threads", "batch_size"})

    model: str
    revision: str | None = None
    dtype: Literal["auto", "float32", "bfloat16", "float16"] = "auto"
    device: str = "auto"
    device_map: str | None = None
    attention: str | None = None
    trust_remote_code: bool = False
    threads: Annotated[int, Field(ge=1)] | None = None
    max_new_tokens: Annotated[int, Field(ge=1)] = 512
    temperature: Annotated[float, Field(ge=0, le=5)] = 0.0
    seed: int = 0
    system: str | None = None
    batch_size: Annotated[int, Field(ge=1)] = 16
    routing: bool = True
    routing_first_tokens: Annotated[int, Field(ge=0)] = 16

    def beside(self, folder: Path) -> Self:
        """Return these settings with a relative model path taken from the audit file's folder."""
        if self.model.startswith("specimen:"):
            return self
        return self.model_copy(update={"model": path_beside(folder, self.model)})


@dataclass(frozen=True, slots=True)
class _Prompt:
    item: Item
    rendered: str
    tokens: list[int]


class TransformersTarget:
    """Asks a model in this process, in batches of like length; see ``targets.Target`` for the protocol."""

    Settings: ClassVar[type[TargetSettings]] = TransformersSettings

    def __init__(self, name: str, settings: TransformersSettings):
        self.name = name
        self.settings = settings
        self._model: Any = None
        self._tokenizer: Any = None
        self._stopped = False

    def card(self) -> TargetDescription:
        """Return what a reader must know about this model."""
        shown = ("revision", "dtype", "max_new_tokens", "temperature", "seed", "system", "batch_size", "routing")
        settings = {
            name: str(getattr(self.settings, name)) for name in shown if getattr(self.settings, name) is not None
        }
        path = _resolved(self.settings.model)
        return TargetDescription("transformers", self.settings.model, "in process", settings, specimen_of(path))

    async def open(self) -> None:
        """Load the model.

        Raises:
            MissingExtraError: torch or transformers is not installed.
            TargetError: The model cannot be loaded; the message says what to do.
        """
        await asyncio.to_thread(self._load)

    def stop(self) -> None:
        """Begin no further batch."""
        self._stopped = True

    async def close(self) -> None:
        """Free the model."""
        self._model = self._tokenizer = None

    def _load(self) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise MissingExtraError(error.name or "transformers", "local") from None
        settings = self.settings
        if settings.threads is not None:
            torch.set_num_threads(settings.threads)
        path = _resolved(settings.model)
        device = _device(settings.device, torch)
        with _quiet(transformers):
            try:
                common = {"revision": settings.revision, "trust_remote_code": settings.trust_remote_code}
                self._tokenizer = transformers.AutoTokenizer.from_pretrained(path, padding_side="left", **common)
                model = transformers.AutoModelForCausalLM.from_pretrained(
                    path,
                    dtype=settings.dtype if settings.dtype == "auto" else getattr(torch, settings.dtype),
                    device_map=settings.device_map,
                    attn_implementation=settings.attention,
                    use_safetensors=True,
                    **common,
                )
                self._model = model if settings.device_map else model.to(device)
            except MissingExtraError:
                raise
            except Exception as error:
                raise _load_error(settings.model, error) from None
        if self._model.device.type == "cpu" and hasattr(self._model, "set_experts_implementation"):
            # The batched implementations gather every expert's weights for every token, which starves a CPU.
            self._model.set_experts_implementation("eager")
        self._model.eval()
        if self._tokenizer.pad_token_id is None:
            self._tokenizer.pad_token = self._tokenizer.eos_token

    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        """Yield one response for each item, batch by batch."""
        prompts: list[_Prompt] = []
        for item in items:
            prompt = self._rendered(item)
            if isinstance(prompt, Response):
                yield prompt
            else:
                prompts.append(prompt)
        prompts.sort(key=lambda prompt: len(prompt.tokens))
        size, start = self.settings.batch_size, 0
        while start < len(prompts) and not self._stopped:
            batch = prompts[start : start + size]
            try:
                responses = await asyncio.to_thread(self._answers, batch)
            except MemoryError:
                if size == 1:
                    responses = [
                        self._failed(prompt.item, "target", "not enough memory for one prompt") for prompt in batch
                    ]
                else:
                    size = max(1, size // 2)
                    continue
            start += len(batch)
            for response in responses:
                yield response

    def _rendered(self, item: Item) -> _Prompt | Response:
        turns = [{"role": turn.role, "content": turn.content} for turn in item.messages]
        if self.settings.system is not None:
            turns.insert(0, {"role": "system", "content": self.settings.system})
        try:
            if self._tokenizer.chat_template:
                text = self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
                tokens = self._tokenizer(text, add_special_tokens=False)["input_ids"]
            else:
                text = COMPLETION_FRAME.format(prompt="\n\n".join(turn["content"] for turn in turns))
                tokens = self._tokenizer(text)["input_ids"]
        except Exception as error:
            return self._failed(item, "target", f"the chat template failed: {_one_line(error)}")
        limit = getattr(self._model.config, "max_position_embeddings", None)
        if limit is not None and len(tokens) + 1 > limit:
            problem = f"the prompt is {len(tokens)} tokens long and the model's context {limit}"
            return self._failed(item, "context", problem)
        return _Prompt(item, text, tokens)

    def _answers(self, batch: Sequence[_Prompt]) -> list[Response]:
        import torch

        started = _now()
        try:
            sequences, routing = self._generate(batch)
        except torch.OutOfMemoryError:
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise MemoryError from None
        except MemoryError:
            raise
        except Exception as error:
            if len(batch) == 1:
                return [self._failed(batch[0].item, "target", _one_line(error), started)]
            # One bad prompt must not take its neighbours along.
            return [response for prompt in batch for response in self._answers([prompt])]
        ended = _now()
        return [
            self._response(prompt, tokens, counts, started, ended)
            for prompt, tokens, counts in zip(batch, sequences, routing, strict=True)
        ]

    def _generate(self, batch: Sequence[_Prompt]) -> tuple[list[list[int]], list[RoutingCounts | None]]:
        import torch
        import transformers

        from .routing_hooks import RoutingRecorder

        longest = max(len(prompt.tokens) for prompt in batch)
        pad = self._tokenizer.pad_token_id
        ids = torch.tensor([[pad] * (longest - len(p.tokens)) + p.tokens for p in batch], device=self._model.device)
        mask = torch.tensor(
            [[0] * (longest - len(p.tokens)) + [1] * len(p.tokens) for p in batch], device=self._model.device
        )
        limit = getattr(self._model.config, "max_position_embeddings", None)
        new_tokens = (
            self.settings.max_new_tokens if limit is None else min(self.settings.max_new_tokens, limit - longest)
        )
        sampler = None
        if self.settings.temperature > 0:
            sampler = transformers.LogitsProcessorList([_sampler(batch, self.settings)])
        recorder = RoutingRecorder(self._model, mask, self.settings.routing_first_tokens)
        with torch.inference_mode(), _quiet(transformers), recorder if self.settings.routing else nullcontext():
            output = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                max_new_tokens=max(1, new_tokens),
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                num_beams=1,
                pad_token_id=pad,
                logits_processor=sampler,
            )
        ends = _end_tokens(self._model, self._tokenizer)
        sequences = [_until_end(row, ends) for row in output[:, longest:].tolist()]
        routing = recorder.counts([len(row) for row in sequences]) if self.settings.routing else [None] * len(batch)
        return sequences, routing

    def _response(
        self, prompt: _Prompt, tokens: list[int], routing: RoutingCounts | None, started: str, ended: str
    ) -> Response:
        complete = bool(tokens) and tokens[-1] in _end_tokens(self._model, self._tokenizer)
        return Response(
            item_id=prompt.item.id,
            target=self.name,
            text=self._tokenizer.decode(tokens, skip_special_tokens=True).strip(),
            finish_reason="stop" if complete else "length",
            model=self.settings.model,
            host="local",
            prompt_tokens=len(prompt.tokens),
            completion_tokens=len(tokens),
            started_at=started,
            finished_at=ended,
            prompt_hash=hashlib.sha256(prompt.rendered.encode("utf-8", "surrogatepass")).hexdigest(),
            routing=routing,
        )

    def _failed(
        self, item: Item, kind: Literal["context", "target"], message: str, started: str | None = None
    ) -> Response:
        return Response(
            item_id=item.id,
            target=self.name,
            failure=Failure(kind, message),
            model=self.settings.model,
            host="local",
            started_at=started or _now(),
            finished_at=_now(),
        )


def _resolved(model: str) -> str:

    return str(specimen_path(model.removeprefix("specimen:"))) if model.startswith("specimen:") else model


def _device(wanted: str, torch: Any) -> str:
    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    if wanted.startswith("cuda") and not torch.cuda.is_available():
        raise TargetError("the audit asks for device cuda and this machine has none", fix="set device: cpu")
    return wanted


def _load_error(model: str, error: Exception) -> TargetError:
    """Return a sentence for what ``from_pretrained`` raised."""
    text = _one_line(error)
    if Path(model).exists() and not (Path(model) / "config.json").exists():
        return TargetError(f"{model} holds no config.json", fix="name the folder that save_pretrained wrote")
    if "trust_remote_code" in text:
        fix = "read that code, and set trust_remote_code: true if you trust it"
        return TargetError(f"{model} wants to run code of its own", fix=fix)
    if type(error).__name__ == "SafetensorError":
        return TargetError(f"the weights of {model} are damaged ({text})", fix="download them again")
    if isinstance(error, OSError):
        fix = "check the hub id or path, and that the machine can reach the hub or has the model in its cache"
        return TargetError(f"{model} cannot be loaded ({text})", fix=fix)
    return TargetError(f"{model} cannot be loaded ({type(error).__name__}: {text})", fix="check the model's files")


def _one_line(error: Exception) -> str:
    text = " ".join(str(error).split())
    return (text[:197] + "…") if len(text) > 200 else text or type(error).__name__


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _end_tokens(model: Any, tokenizer: Any) -> frozenset[int]:
    ends = model.generation_config.eos_token_id
    listed = ends if isinstance(ends, list) else [ends]
    return frozenset(token for token in [*listed, tokenizer.eos_token_id] if token is not None)


def _until_end(tokens: list[int], ends: frozenset[int]) -> list[int]:
    """Return ``tokens`` up to and with the first end token; what follows is padding."""
    for index, token in enumerate(tokens):
        if token in ends:
            return tokens[: index + 1]
    return tokens


def _sampler(batch: Sequence[_Prompt], settings: TransformersSettings) -> Any:
    """Return a logits processor that samples each row from a generator of its own.

    Adding Gumbel noise to the scaled logits and taking the largest is sampling (Gumbel 1954), so greedy search does the
    rest and the neighbours in a batch cannot change what an item draws.
    """
    import torch
    from transformers import LogitsProcessor

    generators = []
    for prompt in batch:
        digest = hashlib.sha256(f"{settings.seed}\n{prompt.item.id}".encode()).digest()
        generators.append(torch.Generator().manual_seed(int.from_bytes(digest[:8], "big") >> 1))

    class Gumbel(LogitsProcessor):  # type: ignore[misc, unused-ignore]
        def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
            del input_ids
            uniform = torch.stack([torch.rand(scores.shape[-1], generator=own) for own in generators])
            noise = -torch.log(-torch.log(uniform.clamp(1e-20, 1 - 1e-7)))
            return scores / settings.temperature + noise.to(scores)

    return Gumbel()


@contextmanager
def _quiet(transformers: Any) -> Iterator[None]:
    """Keep the library's own warnings and progress bars off the screen."""
    log = transformers.utils.logging
    level, bars = log.get_verbosity(), log.is_progress_bar_enabled()
    log.set_verbosity_error()
    log.disable_progress_bar()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        log.set_verbosity(level)
        if bars:
            log.enable_progress_bar()
