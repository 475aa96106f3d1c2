"""A local model through transformers: any causal LM on the hub or on disk, Mixture of Experts or dense."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, PrivateAttr, StringConstraints

from ..errors import TargetError
from ..probes.records import Item
from .records import Failure, Response, RoutingCounts, TargetDescription, utc_now
from .specimen import specimen_of, specimen_path
from .targets import TargetSettings, path_beside
from .transformers_loading import one_line

COMPLETION_FRAME = "Question: {prompt}\nAnswer:"
"""How a base model, which has no chat template, is asked."""

_SPECIMEN = "specimen:"


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

    model: Annotated[str, StringConstraints(min_length=1)]
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

    _folder: Path | None = PrivateAttr(None)

    def beside(self, folder: Path) -> Self:
        """Return these settings with a relative model path counted from ``folder``; ``model`` stays as written."""
        copy = self.model_copy()
        copy._folder = folder
        return copy

    def path(self) -> str:
        """Return the model's folder, or its hub id.

        Raises:
            TargetError: There is no such specimen.
        """
        if self.model.startswith(_SPECIMEN):
            return str(specimen_path(self.model.removeprefix(_SPECIMEN)))
        return self.model if self._folder is None else path_beside(self._folder, self.model)


@dataclass(frozen=True, slots=True)
class _Prompt:
    item: Item
    rendered: str
    tokens: list[int]
    room: int
    """New tokens there is room for."""


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
        specimen = specimen_of(self.settings.path())
        return TargetDescription("transformers", self.settings.model, "in process", settings, specimen)

    async def open(self) -> None:
        """Load the model.

        Raises:
            MissingExtraError: torch or transformers is not installed.
            TargetError: The model cannot be loaded; the message says what to do.
        """
        from .transformers_loading import load

        self._model, self._tokenizer = await asyncio.to_thread(load, self.settings, self.settings.path())

    def stop(self) -> None:
        """Begin no further batch."""
        self._stopped = True

    async def close(self) -> None:
        """Free the model."""
        self._model = self._tokenizer = None

    async def ask(self, items: Sequence[Item]) -> AsyncIterator[Response]:
        """Yield one response for each item, batch by batch.

        Raises:
            TargetError: The target is not open.
        """
        if self._model is None:
            raise TargetError(f"target {self.name!r} is not open", fix="call open() first")
        prompts: list[_Prompt] = []
        for item in items:
            prompt = self._rendered(item)
            if isinstance(prompt, Response):
                yield prompt
            else:
                prompts.append(prompt)
        prompts.sort(key=lambda prompt: (-prompt.room, len(prompt.tokens)))
        size = self.settings.batch_size
        while prompts and not self._stopped:
            # All rows of a batch stop at the same length: with like room none is cut short by a longer neighbour.
            batch = [*takewhile(lambda prompt: prompt.room == prompts[0].room, prompts[:size])]
            try:
                responses = await asyncio.to_thread(self._answers, batch)
            except MemoryError:
                if len(batch) > 1:
                    size = max(1, len(batch) // 2)
                    continue
                responses = [self._failed(batch[0].item, "target", "not enough memory for this prompt")]
            del prompts[: len(batch)]
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
            return self._failed(item, "target", f"the chat template failed: {one_line(error)}")
        if not tokens or max(tokens) >= (known := self._model.get_input_embeddings().num_embeddings):
            problem = f"the tokenizer gives token {max(tokens)} and the model knows {known}" if tokens else "no tokens"
            return self._failed(item, "target", problem)
        limit = getattr(self._model.config.get_text_config(), "max_position_embeddings", None)
        room = self.settings.max_new_tokens if limit is None else limit - len(tokens)
        if room < 1:
            problem = f"the prompt is {len(tokens)} tokens long and the model's context {limit}"
            return self._failed(item, "context", problem)
        return _Prompt(item, text, tokens, min(room, self.settings.max_new_tokens))

    def _answers(self, batch: Sequence[_Prompt]) -> list[Response]:
        import torch

        started = utc_now()
        try:
            sequences, routing = self._generate(batch)
        except torch.OutOfMemoryError:
            if torch.cuda.is_available():
                torch.cuda.empty_cache()
            raise MemoryError from None
        except Exception as error:
            if isinstance(error, MemoryError) or "can't allocate memory" in str(error):
                raise MemoryError from None
            if len(batch) == 1:
                return [self._failed(batch[0].item, "target", one_line(error), started)]
            # One bad prompt must not take its neighbours along.
            return [response for prompt in batch for response in self._answers([prompt])]
        ended = utc_now()
        return [
            self._response(prompt, tokens, counts, started, ended)
            for prompt, tokens, counts in zip(batch, sequences, routing, strict=True)
        ]

    def _generate(self, batch: Sequence[_Prompt]) -> tuple[list[list[int]], list[RoutingCounts | None]]:
        import torch
        import transformers

        from .item_sampling import item_sampler
        from .routing_hooks import RoutingRecorder
        from .transformers_loading import quiet

        settings, device = self.settings, self._model.device
        longest = max(len(prompt.tokens) for prompt in batch)
        ends = self._end_tokens()
        # What stands in the padding is masked out and cut off again, so any token will do.
        pad = next((token for token in (self._tokenizer.pad_token_id, *sorted(ends)) if token is not None), 0)
        gaps = [longest - len(prompt.tokens) for prompt in batch]
        ids = [[pad] * gap + prompt.tokens for gap, prompt in zip(gaps, batch, strict=True)]
        mask = torch.tensor([[0] * gap + [1] * (longest - gap) for gap in gaps], device=device)
        processors = transformers.LogitsProcessorList()
        if settings.temperature > 0:
            names = [prompt.item.id for prompt in batch]
            processors.append(item_sampler(names, temperature=settings.temperature, seed=settings.seed))
        recorder = RoutingRecorder(self._model, mask, settings.routing_first_tokens) if settings.routing else None
        with torch.inference_mode(), quiet(transformers), recorder or nullcontext():
            output = self._model.generate(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=mask,
                max_new_tokens=batch[0].room,
                do_sample=False,
                temperature=None,
                top_p=None,
                top_k=None,
                num_beams=1,
                eos_token_id=sorted(ends) or None,
                pad_token_id=pad,
                logits_processor=processors,
            )
        sequences = [_until_end(row, ends) for row in output[:, longest:].tolist()]
        if recorder is None:
            return sequences, [None] * len(batch)
        return sequences, recorder.counts([len(row) for row in sequences])

    def _end_tokens(self) -> frozenset[int]:
        ends = self._model.generation_config.eos_token_id
        listed = ends if isinstance(ends, list) else [ends]
        return frozenset(token for token in [*listed, self._tokenizer.eos_token_id] if token is not None)

    def _response(
        self, prompt: _Prompt, tokens: list[int], routing: RoutingCounts | None, started: str, ended: str
    ) -> Response:
        complete = bool(tokens) and tokens[-1] in self._end_tokens()
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
            started_at=started or utc_now(),
            finished_at=utc_now(),
        )


def _until_end(tokens: list[int], ends: frozenset[int]) -> list[int]:
    """Return ``tokens`` up to and with the first end token; what follows is padding."""
    for index, token in enumerate(tokens):
        if token in ends:
            return tokens[: index + 1]
    return tokens
