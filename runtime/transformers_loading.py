"""Loads a causal language model with its tokenizer, and says in one sentence why it cannot be loaded."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import MissingExtraError, TargetError

if TYPE_CHECKING:
    from .transformers_target import TransformersSettings

_MESSAGE_LENGTH = 200
_TOKENIZER_FILES = ("tokenizer.json", "tokenizer_config.json", "tokenizer.model", "vocab.json", "vocab.txt")


def load(settings: TransformersSettings, path: str) -> tuple[Any, Any]:
    """Return the model in evaluation mode, and its tokenizer, which pads on the left.

    Args:
        settings: What the audit asks for.
        path: The model's folder or hub id.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        TargetError: The model cannot be loaded; the message says what to do.
    """
    shown = settings.model
    if _names_a_folder(path):
        _check_folder(shown, Path(path))
    try:
        import torch
        import transformers
    except ImportError as error:
        raise MissingExtraError(error.name or "transformers", "local") from None
    if settings.threads is not None:
        torch.set_num_threads(settings.threads)
    device = _device(settings.device, torch)
    common = {"revision": settings.revision, "trust_remote_code": settings.trust_remote_code}
    with quiet(transformers):
        try:
            tokenizer = transformers.AutoTokenizer.from_pretrained(path, padding_side="left", **common)
            model: Any = transformers.AutoModelForCausalLM.from_pretrained(
                path,
                dtype=settings.dtype if settings.dtype == "auto" else getattr(torch, settings.dtype),
                device_map=settings.device_map,
                attn_implementation=settings.attention,
                use_safetensors=True,
                **common,
            )
            model = model if settings.device_map else model.to(device)
        except Exception as error:
            raise _load_error(shown, path, error) from None
    if model.device.type == "cpu" and hasattr(model, "set_experts_implementation"):
        # The batched implementations gather every expert's weights for every token, which starves a CPU.
        model.set_experts_implementation("eager")
    return model.eval(), tokenizer


@contextmanager
def quiet(transformers: Any) -> Iterator[None]:
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


def one_line(error: BaseException) -> str:
    """Return what ``error`` says on one line, shortened; its type where it says nothing."""
    text = " ".join(str(error).split())
    return (text[: _MESSAGE_LENGTH - 1] + "…") if len(text) > _MESSAGE_LENGTH else text or type(error).__name__


def _names_a_folder(path: str) -> bool:
    """Return whether ``path`` is meant as a folder; a hub id is ``name`` or ``owner/name``."""
    return Path(path).exists() or path.startswith((".", "/", "~")) or path.count("/") > 1 or "\\" in path


def _check_folder(shown: str, folder: Path) -> None:
    if not folder.exists():
        raise TargetError(f"there is no model in {shown}", fix="check the path, which counts from the audit file")
    if not folder.is_dir():
        raise TargetError(f"{shown} is a file", fix="name the folder that holds config.json and the weights")
    try:
        names = {entry.name for entry in folder.iterdir()}
        if "config.json" not in names:
            raise TargetError(f"{shown} holds no config.json", fix="name the folder that save_pretrained wrote")
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except OSError as error:
        raise TargetError(f"{shown} cannot be read ({error.strerror})", fix="check its permissions") from None
    except ValueError:
        raise TargetError(f"config.json of {shown} is no JSON", fix="download it again") from None
    if not isinstance(config, dict) or "model_type" not in config:
        raise TargetError(f"config.json of {shown} names no model_type", fix="download it again")
    if not names.intersection(_TOKENIZER_FILES):
        raise TargetError(f"{shown} holds no tokenizer", fix="copy tokenizer.json and tokenizer_config.json beside it")
    if not any(name.endswith(".safetensors") for name in names):
        fix = "download the model's safetensors, or convert its weights; pickled weights are not loaded"
        raise TargetError(f"{shown} holds no .safetensors", fix=fix)


def _device(wanted: str, torch: Any) -> str:
    if wanted == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(wanted)
    except RuntimeError:
        raise TargetError(f"there is no device {wanted!r}", fix="use auto, cpu, cuda, cuda:0 or mps") from None
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        count = torch.cuda.device_count()
        has = "no CUDA device" if count == 0 else f"{count} CUDA device{'s' if count > 1 else ''}, counted from 0"
        raise TargetError(f"the audit asks for device {wanted} and this machine has {has}", fix="set device: auto")
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise TargetError("the audit asks for device mps and this machine has none", fix="set device: auto")
    return wanted


def _load_error(shown: str, path: str, error: Exception) -> TargetError:
    """Return a sentence for what ``from_pretrained`` raised."""
    text = one_line(error)
    if "trust_remote_code" in str(error):
        fix = "read that code, and set trust_remote_code: true if you trust it"
        return TargetError(f"{shown} wants to run code of its own", fix=fix)
    damaged = _damaged_file(Path(path))
    if damaged is not None or type(error).__name__ == "SafetensorError":
        which = f"{damaged} of {shown} is" if damaged else f"a weights file of {shown} is"
        return TargetError(f"{which} damaged", fix="download it again")
    if isinstance(error, ImportError):
        return TargetError(f"{shown} needs a package that is not installed ({text})", fix="install it with pip")
    if "out of memory" in text or "can't allocate memory" in text or isinstance(error, MemoryError):
        return TargetError(
            f"{shown} does not fit into memory", fix="set device_map: auto, a smaller dtype or device: cpu"
        )
    if isinstance(error, OSError) and not Path(path).exists():
        fix = "check the hub id, and that the machine can reach the hub or has the model in its cache"
        return TargetError(f"{shown} cannot be had from the hub ({text})", fix=fix)
    return TargetError(f"{shown} cannot be loaded ({type(error).__name__}: {text})", fix="check the model's files")


def _damaged_file(folder: Path) -> str | None:
    """Return the name of the first weights file whose header does not fit its size, or None."""
    from safetensors import SafetensorError, safe_open

    for file in sorted(folder.glob("*.safetensors")) if folder.is_dir() else ():
        try:
            with safe_open(file, framework="pt"):
                pass
        except (SafetensorError, OSError):
            return file.name
    return None
