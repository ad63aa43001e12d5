"""Says at each save and load what a checkpoint holds (`debug.debug_checkpoints`)."""

from __future__ import annotations

import hashlib
import io
import json
import logging
import zipfile
from pathlib import Path

import torch

logger = logging.getLogger(__name__)

_HASH = 12  # digits that are told
_META = "spacetime_rl/meta.json"


def tell_checkpoint(done: str, path: Path) -> None:
    """Log what a file holds, a line a member: size, SHA-256, and the shapes of weights.

    Args:
        done: "saved" or "loaded".
        path: a checkpoint, or a set of policies.
    """
    for line in describe_checkpoint(path):
        logger.info("debug checkpoints: %s %s", done, line)


def describe_checkpoint(path: Path) -> list[str]:
    """Return lines on a checkpoint: the file's, then its members'.

    Raises:
        OSError: it cannot be read.
        zipfile.BadZipFile: it is no zip.
    """
    whole = path.read_bytes()
    lines = [f"{path.name}: {len(whole):,} bytes, sha256 {_digest(whole)}"]
    return lines + _members(path.name, whole)


def _members(name: str, whole: bytes) -> list[str]:
    lines = []
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        for member in archive.namelist():
            held = archive.read(member)
            line = f"{name}:{member}: {len(held):,} bytes, sha256 {_digest(held)}"
            if member == _META:
                meta = json.loads(held)
                line += f", {meta.get('algorithm')}, {meta.get('timesteps'):,} steps"
            lines.append(line)
            if member == "policy.pth":
                lines += _shapes(name, held)
            elif member.endswith(".zip"):
                lines += _members(f"{name}:{member}", held)
    return lines


def _shapes(name: str, held: bytes) -> list[str]:
    weights = torch.load(io.BytesIO(held), map_location="cpu", weights_only=True)
    lines = []
    total = 0
    for key, tensor in weights.items():
        total += tensor.numel()
        digest = _digest(tensor.contiguous().numpy().tobytes())
        lines.append(f"{name}:{key}: {list(tensor.shape)}, sha256 {digest}")
    return [f"{name}: {total:,} weights in {len(lines)} tensors", *lines]


def _digest(held: bytes) -> str:
    return hashlib.sha256(held).hexdigest()[:_HASH]
