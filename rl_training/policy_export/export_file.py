"""Export a model's file, trained here or elsewhere, and verify what was written.

Called by `export_policy.py`. A checkpoint of ours brings its normaliser; a plain Stable-Baselines3
zip brings none, so the pickle that `VecNormalize.save` wrote may be named beside it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rl_training.checkpoints.checkpoint import load_checkpoint
from rl_training.checkpoints.normaliser import Normaliser
from rl_training.checkpoints.sb3_classes import algorithm_class
from rl_training.errors import ModelError
from rl_training.policy_export.onnx_export import export
from rl_training.policy_export.verify import open_session, verify


@dataclass(frozen=True)
class ExportedFile:
    """What was written.

    Attributes:
        path: the .onnx file.
        algorithm: that trained it.
        size: floats of an observation.
        outputs: floats of an action, or logits.
        difference: largest difference from the trained policy.
        samples: observations compared.
    """

    path: Path
    algorithm: str
    size: int
    outputs: int
    difference: float
    samples: int


def export_file(
    model: Path,
    output: Path,
    algorithm: str | None = None,
    normaliser: Path | None = None,
    *,
    channels_last: bool = False,
) -> ExportedFile:
    """Export the model of a .zip file.

    Args:
        model: the .zip; it holds pickles: name only files that you trust.
        output: the .onnx to write.
        algorithm: name of its class; None: what the file says.
        normaliser: what `VecNormalize.save` wrote; None: the one inside the .zip, if any.
        channels_last: the game gives images as (height, width, channels).

    Raises:
        ModelError: a file is missing, of another kind, or cannot be exported.
        HarnessError: what was written is not the policy.
        StorageError: the folder cannot be written, or the disk is full.
    """
    make = None if algorithm is None else algorithm_class(algorithm)
    checkpoint = load_checkpoint(model, make=make, warn=normaliser is None)
    statistics = checkpoint.normaliser
    if normaliser is not None:
        if statistics is not None:
            raise ModelError(f"{model} brings its own normaliser; leave --normaliser out")
        statistics = Normaliser.from_pickle(normaliser)
    recorded = checkpoint.recorded
    trained = checkpoint.model
    export(trained, statistics, output, checkpoint.meta, recorded, channels_last=channels_last)
    checked = verify(output, trained, statistics, recorded, channels_last=channels_last)
    session = open_session(output)
    shapes = {item.name: item.shape for item in [*session.get_inputs(), *session.get_outputs()]}
    return ExportedFile(
        path=output,
        algorithm=type(trained).__name__,
        size=int(shapes["obs"][1]),
        outputs=int(shapes["output"][1]),
        difference=checked.max_difference,
        samples=checked.samples,
    )
