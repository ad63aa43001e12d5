"""The certificate: what an exported policy says of itself, so that a game can prove it is the one.

`onnx_export.export` makes it and stores it as one metadata property of the .onnx file; the addon
(`addons/godot_rl/inference/policy_certificate.gd`) checks it at load in the running game. It holds
what the policy observes and how it acts by name, the settings it was trained with, and recorded raw
observations of the scene with the outputs that Python gave for them. Its checksum tells damage and
careless edits from the original; it is no signature. The format is written down in
docs/inference.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime

from rl_training.errors import ModelError
from rl_training.protocol.version import PROTOCOL_VERSION
from rl_training.runs.atomic import atomic_path
from rl_training.runs.provenance import UNKNOWN, commit, harness_version

FORMAT = 1
"""Version of the certificate's format; PolicyCertificate in the addon names the newest it knows.

1   0.1.0
"""

PROPERTY = "spacetime_rl_certificate"
"""Key of the metadata property."""

ROWS = 16
"""Recorded observations of a certificate, when they are not images."""

MAX_RECORDED_BYTES = 1 << 16
"""Largest sum of the recorded inputs before base64; one row is kept whatever its size."""

TOLERANCE = 1e-4
"""Largest difference of an output, times its size where that is above 1 (docs/inference.md)."""

SCENE, DRAWN = "scene", "drawn"
"""Where the recorded observations come from: the real scene, or the normaliser's statistics."""

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Certificate:
    """What a policy says of itself.

    Attributes:
        observations: in the order of the model's input: {"key": str, "size": floats of one agent,
            "names": [str] of the elements or []}.
        actions: in the scene's order: {"key": str, "action_type": "continuous" or "discrete",
            "size": int}; empty when they are not known by name.
        settings: "action_repeat" (physics ticks per decision), "physics_ticks_per_second",
            "observation_stack" (how many of an agent's last observations are one), "algorithm",
            "deterministic", "normaliser_clip" and the like; unknown ones are absent.
        inputs: the model's input name to (rows, ...) float32.
        outputs: the model's output name to (rows, ...) float32, as Python gave them.
        source: `SCENE` or `DRAWN`.
        tolerance: largest difference at which the game's outputs count as equal.
        scenario: name of the scenario; empty when unknown.
        timesteps: decisions that the policy was trained for.
        harness: name and version of the exporter.
        commit: of the exporter's repository.
        protocol: version of the protocol that the policy was trained over.
    """

    observations: tuple[dict[str, Any], ...]
    actions: tuple[dict[str, Any], ...]
    settings: dict[str, Any]
    inputs: dict[str, Array]
    outputs: dict[str, Array]
    source: str = SCENE
    tolerance: float = TOLERANCE
    scenario: str = ""
    timesteps: int = 0
    harness: str = f"spacetime-rl {harness_version()}"
    commit: str = UNKNOWN
    protocol: int = PROTOCOL_VERSION

    def __post_init__(self) -> None:
        for name, array in [*self.inputs.items(), *self.outputs.items()]:
            if not np.isfinite(array).all():
                raise ModelError(
                    f"cannot certify the model: a recorded '{name}' holds NaN or infinity"
                )

    @property
    def rows(self) -> int:
        """Number of recorded observations."""
        return len(next(iter(self.outputs.values())))

    def to_text(self) -> str:
        """Return the property's text: one JSON object whose last member is its checksum."""
        body = {
            "format": FORMAT,
            "harness": self.harness,
            "commit": self.commit,
            "protocol": self.protocol,
            "scenario": self.scenario,
            "timesteps": self.timesteps,
            "observations": list(self.observations),
            "actions": list(self.actions),
            "settings": self.settings,
            "tolerance": self.tolerance,
            "source": self.source,
            "rows": self.rows,
            "inputs": {name: _encode(array) for name, array in self.inputs.items()},
            "outputs": {name: _encode(array) for name, array in self.outputs.items()},
        }
        return _signed(json.dumps(body, separators=(",", ":"), allow_nan=False)[:-1])

    @classmethod
    def from_text(cls, text: str, label: str = "the model") -> Certificate:
        """Read what `to_text` wrote.

        Args:
            text: the property's value.
            label: what messages call the model.

        Raises:
            ModelError: the text is damaged, was changed, or is of a newer format.
        """
        data = _read_json(text)
        if data is not None and isinstance(data.get("format"), int) and data["format"] > FORMAT:
            raise ModelError(
                f"the certificate of {label} has format {data['format']}, this harness reads up to "
                f"{FORMAT}; update it"
            )
        if data is None or text != _signed(text[: -len(_signed(""))]):
            raise ModelError(
                f"the certificate of {label} does not fit its checksum: it was damaged or changed "
                "after the export; export the model again"
            )
        try:
            rows = int(data["rows"])
            return cls(
                observations=tuple(data["observations"]),
                actions=tuple(data["actions"]),
                settings=dict(data["settings"]),
                inputs={name: _decode(one, rows) for name, one in data["inputs"].items()},
                outputs={name: _decode(one, rows) for name, one in data["outputs"].items()},
                source=str(data["source"]),
                tolerance=float(data["tolerance"]),
                scenario=str(data["scenario"]),
                timesteps=int(data["timesteps"]),
                harness=str(data["harness"]),
                commit=str(data["commit"]),
                protocol=int(data["protocol"]),
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"the certificate of {label} cannot be read: {error!r}") from error


@dataclass(frozen=True)
class CertificateCheck:
    """How far a model's outputs are from those in its certificate.

    Attributes:
        difference: largest absolute difference of an output element.
        passed: no element is further off than the certificate's tolerance allows.
    """

    difference: float
    passed: bool


def evenly_spread(shape: Sequence[int]) -> list[int]:
    """Return which rows of an array (n, ...) of float32 a certificate keeps.

    Returns:
        At most `ROWS` indices, evenly spread from the first to the last; fewer for large rows.
    """
    fit = MAX_RECORDED_BYTES // (4 * math.prod(shape[1:]))
    rows = max(1, min(shape[0], ROWS, fit))
    return [round(index * (shape[0] - 1) / max(1, rows - 1)) for index in range(rows)]


def attach(proto: onnx.ModelProto, certificate: Certificate) -> None:
    """Put a certificate into a model, in place of the one that it may have."""
    others = [entry for entry in proto.metadata_props if entry.key != PROPERTY]
    kept = [(entry.key, entry.value) for entry in others]
    del proto.metadata_props[:]
    for key, value in [*kept, (PROPERTY, certificate.to_text())]:
        entry = proto.metadata_props.add()
        entry.key, entry.value = key, value


def read_certificate(path: Path) -> Certificate | None:
    """Return a model's certificate; None when it has none, as other makers' models.

    Raises:
        ModelError: the file is missing or not ONNX, or the certificate is damaged or newer.
    """
    for entry in _load(path).metadata_props:
        if entry.key == PROPERTY:
            return Certificate.from_text(entry.value, str(path))
    return None


def check_certificate(path: Path, certificate: Certificate) -> CertificateCheck:
    """Compare what onnxruntime gives for the recorded observations with what is recorded.

    Raises:
        ModelError: the model is missing, or does not take the recorded observations.
    """
    found = _run(path, certificate)
    difference, passed = 0.0, True
    for name, expected in certificate.outputs.items():
        if found[name].shape != expected.shape:
            raise ModelError(
                f"{path} gives '{name}' {found[name].shape}, its certificate {expected.shape}"
            )
        gap = np.abs(found[name] - expected.astype(np.float64))
        difference = max(difference, float(np.max(gap, initial=0.0)))
        allowed = certificate.tolerance * np.maximum(1.0, np.abs(expected))
        passed = passed and bool((gap <= allowed).all())
    return CertificateCheck(difference, passed)


def renew(path: Path, certificate: Certificate, **changes: Any) -> Certificate:
    """Certify a model that was made from a certified one (quantised, distilled), in its file.

    The recorded observations stay; the outputs become those of onnxruntime on the new model.

    Args:
        path: the new .onnx file; rewritten whole or not at all.
        certificate: of the model it was made from.
        changes: fields of `Certificate` to replace, for example `tolerance`.

    Raises:
        ModelError: the model is missing, or does not take the recorded observations.
        StorageError: the folder cannot be written, or the disk is full.
    """
    proto = _load(path)
    renewed = replace(certificate, outputs=_run(path, certificate), commit=commit(), **changes)
    attach(proto, renewed)
    with atomic_path(path) as temporary:
        temporary.write_bytes(proto.SerializeToString())
    return renewed


def _load(path: Path) -> onnx.ModelProto:
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    try:
        return onnx.load(str(path), load_external_data=False)
    except Exception as error:
        # protobuf raises classes of its own that differ between its implementations.
        raise ModelError(f"{path} is not an ONNX model: {error}") from error


def _run(path: Path, certificate: Certificate) -> dict[str, Array]:
    if not path.is_file():
        raise ModelError(f"no model at {path}")
    names = list(certificate.outputs)
    try:
        session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
        answers = session.run(names, certificate.inputs)
    except Exception as error:
        # onnxruntime's exceptions share no base class.
        raise ModelError(
            f"onnxruntime cannot run {path} on its recorded observations: {error}"
        ) from error
    return dict(zip(names, answers, strict=True))


def _signed(text: str) -> str:
    """Close a JSON object that lacks its brace with the checksum of the text before it."""
    return f'{text},"sha256":"{hashlib.sha256(text.encode()).hexdigest()}"}}'


def _read_json(text: str) -> dict[str, Any] | None:
    try:
        data = json.loads(text)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _encode(array: Array) -> dict[str, Any]:
    """Return one row's shape and all rows' little-endian float32."""
    data = base64.b64encode(array.astype("<f4").tobytes()).decode("ascii")
    return {"shape": list(array.shape[1:]), "data": data}


def _decode(tensor: Mapping[str, Any], rows: int) -> Array:
    values: Array = np.frombuffer(base64.b64decode(tensor["data"], validate=True), dtype="<f4")
    return values.reshape([rows, *tensor["shape"]])
