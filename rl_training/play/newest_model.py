"""The model that `play` takes when none is named: the one that a training wrote last."""

from __future__ import annotations

from pathlib import Path

from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.runs.paths import newest_final_model, policy_file

_SET_SUFFIX = "_final.zip"


def newest_model(root: Path | None = None) -> Path:
    """Return the final model that was written last.

    A training of several policies writes an .onnx for each group beside the set of all: the set is
    returned, since each of the others plays one group only.

    Args:
        root: folder of `models/`; None: the usual one.

    Raises:
        ModelError: there is none.
    """
    newest = newest_final_model(root)
    for path in newest.parent.glob(f"*{_SET_SUFFIX}"):
        experiment = path.name.removesuffix(_SET_SUFFIX)
        if newest.name.startswith(f"{experiment}_") and is_policy_set(path):
            own = [
                f"{experiment}_{policy_file(name)}_final" for name in read_policy_set(path).names
            ]
            if newest.stem in own:
                return path
    return newest
