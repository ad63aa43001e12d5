"""Policies that are worse than a given one by a chosen amount, to try the gate on.

Called by `measure_gate.py`; it changes the numbers in an ONNX file and never trains.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import numpy as np
import onnx
from onnx import numpy_helper

from rl_training.errors import ModelError
from rl_training.policy_export.certificate import read_certificate, renew
from rl_training.runs.atomic import atomic_path

Kind = Literal["noise", "weak"]
KINDS: tuple[Kind, ...] = ("noise", "weak")

_STEPS = 5


def worsen(model: Path, path: Path, kind: Kind, strength: float, seed: int = 0) -> None:
    """Write a worse copy of a policy; where that has a certificate, with one of its own.

    Args:
        model: an .onnx file with dense layers.
        path: where the copy goes.
        kind: "noise": normal noise on the weights of every dense layer, in units of the layer's
            own standard deviation; "weak": the last layer's outputs are smaller by that share.
        strength: 0 changes nothing.
        seed: of the noise.

    Raises:
        ModelError: the model has no dense layer.
    """
    proto = onnx.load(str(model))
    weights = [each for each in proto.graph.initializer if len(each.dims) == 2]
    if not weights:
        raise ModelError(f"{model} has no dense layer to worsen")
    generator = np.random.default_rng(seed)
    last = weights[-1].name
    node = next(node for node in proto.graph.node if last in node.input)
    for tensor in proto.graph.initializer:
        values = numpy_helper.to_array(tensor).copy()
        if kind == "noise" and len(tensor.dims) == 2:
            noise = generator.standard_normal(values.shape)
            values += (strength * values.std() * noise).astype(values.dtype)
        elif kind == "weak" and tensor.name in node.input:
            values *= np.asarray(1.0 - strength, values.dtype)
        tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    certificate = read_certificate(model)
    with atomic_path(path) as temporary:
        temporary.write_bytes(proto.SerializeToString())
        if certificate is not None:
            renew(temporary, certificate)


def find_strength(score: Callable[[float], float], drop: float, largest: float = 1.0) -> float:
    """Return the strength at which `score` is lower by `drop` of its size at 0, by bisection.

    Args:
        score: strength to mean reward; falls with the strength.
        drop: in (0, 1).
        largest: strength at which it is certainly lower.
    """
    wanted = score(0.0)
    wanted -= drop * abs(wanted)
    low, high = 0.0, largest
    for _ in range(_STEPS):
        middle = 0.5 * (low + high)
        if score(middle) > wanted:
            low = middle
        else:
            high = middle
    return 0.5 * (low + high)


def corrected(strength: float, lost: float, drop: float) -> float:
    """Return a strength that loses a little more than `drop`, after one that lost less.

    Args:
        strength: that was tried.
        lost: share of the mean reward that it lost, below `drop`.
        drop: in (0, 1).
    """
    # What is lost grows with about the square of the strength.
    return strength * min(1.5, math.sqrt(1.02 * drop / max(lost, 0.01 * drop)))
