"""``manifest.json``: under which versions, hashes and seeds a run was made."""

from __future__ import annotations

import os
import platform
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from ..errors import StoreError
from .records import UNSCORED_BELOW

MANIFEST_NAME = "manifest.json"
_PACKAGES = (
    "accelerate",
    "aiohttp",
    "langdetect",
    "lingua-language-detector",
    "numpy",
    "pandas",
    "pydantic",
    "safetensors",
    "scikit-learn",
    "scipy",
    "skops",
    "tokenizers",
    "torch",
    "transformers",
)


class SetRecord(BaseModel):
    """One topic set of a run: its version and the SHA-256 of its content."""

    model_config = ConfigDict(frozen=True)

    version: str
    sha256: str


class CardRecord(BaseModel):
    """One target of a run; fields as in ``runtime.records.TargetDescription``."""

    model_config = ConfigDict(frozen=True)

    kind: str
    model: str
    route: str
    settings: Mapping[str, str]
    specimen: str | None = None


class Manifest(BaseModel):
    """What a run was made with.

    Attributes:
        name: Name of the run.
        title: Title for readers.
        evenhand: Version of this package.
        evenhand_revision: Git revision of its source, where it runs from a checkout.
        audit_revision: Git revision of the folder the audit file lies in, where it is under version control.
        audit_sha256: SHA-256 of the audit file.
        python: Version of Python.
        platform: Operating system and processor.
        packages: Versions of the packages that touch a figure.
        sets: Topic sets by id.
        weights: SHA-256 of each labeler's weights, as the labelers name them.
        targets: Targets by name.
        seed: Seed of the order of asking.
        battery_seed: Seed of the battery's sample.
        items: Number of items.
        unscored_below: Probability under which a label is unscored when the run is measured.
        created: When the run was begun, ISO 8601 in UTC.
        started: When it was last begun or resumed.
        finished: When it last came to its end; None while it runs or after it was killed.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    evenhand: str
    evenhand_revision: str | None
    audit_revision: str | None
    audit_sha256: str
    python: str
    platform: str
    packages: Mapping[str, str]
    sets: Mapping[str, SetRecord]
    weights: Mapping[str, str]
    targets: Mapping[str, CardRecord]
    seed: int
    battery_seed: int
    items: int
    created: str
    started: str
    finished: str | None = None
    unscored_below: float = UNSCORED_BELOW

    def printable(self) -> dict[str, str]:
        """Return every entry as text, nested ones under ``name.key``."""
        flat: dict[str, str] = {}
        for key, value in self.model_dump(mode="json", exclude={"targets"}).items():
            if key == "sets":
                flat |= {f"set.{name}": f"{record['version']} {record['sha256']}" for name, record in value.items()}
            elif isinstance(value, dict):
                flat |= {f"{key}.{name}": str(entry) for name, entry in value.items()}
            elif value is not None:
                flat[key] = str(value)
        return flat


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest in a run folder.

    Raises:
        StoreError: There is none, or it is damaged.
    """
    path = folder / MANIFEST_NAME
    try:
        return Manifest.model_validate_json(path.read_bytes())
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}") from error
    except ValidationError as error:
        raise StoreError(f"{path} is damaged; run the audit again to write it anew") from error


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest; a reader sees the old one or the new one, never half of it.

    Raises:
        StoreError: It could not be written.
    """
    write_whole(folder / MANIFEST_NAME, (manifest.model_dump_json(indent=2) + "\n").encode())


def write_whole(path: Path, content: bytes) -> None:
    """Replace ``path`` by ``content`` in one step.

    Raises:
        StoreError: It could not be written; what was there is untouched.
    """
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise StoreError(f"{path} cannot be written: {error.strerror}") from error


def package_versions(names: Sequence[str] = _PACKAGES) -> dict[str, str]:
    """Return the installed version of each package that is there."""
    versions = {}
    for name in names:
        try:
            versions[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return versions


def evenhand_version() -> str:
    """Return the installed version of this package."""
    return package_versions(["evenhand"]).get("evenhand", "unknown")


def platform_name() -> str:
    """Return operating system, kernel and processor."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def evenhand_revision() -> str | None:
    """Return the git revision this package runs from, or None where it is an installed copy."""
    root = Path(__file__).resolve().parents[1]
    return git_revision(root) if (root / ".git").exists() else None


def git_revision(folder: Path) -> str | None:
    """Return the revision checked out in ``folder``, with ``-dirty`` where files differ, or None."""
    try:
        done = subprocess.run(  # noqa: S603  the folder is one argument, and no shell is used
            ["git", "-C", str(folder), "describe", "--always", "--dirty", "--abbrev=40", "--exclude=*"],  # noqa: S607
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() or None
