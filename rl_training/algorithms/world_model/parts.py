"""The parts that torchrl has, imported when a model is made; one clear line when it is missing.

Taken from torchrl: the block-GRU with the prior, the posterior, the normalised perceptrons, the
image encoder and decoder, two-hot regression, the KL terms. Not taken: `RSSMRolloutV3` and the
`DreamerV3*Loss` modules, which want TensorDicts, sample a prior at every step that is thrown away,
and imagine through an environment class; `rssm.py` and `algorithms/dreamer/imagination.py` do that
on plain tensors. The older `RSSMPrior`, `RSSMPosterior` and `ObsEncoder` have Gaussian latents, no
resets in a sequence, and one picture size.
"""

from __future__ import annotations

import importlib
import warnings
from functools import cache
from typing import Any

from rl_training.errors import UsageError


@cache
def models() -> Any:
    """Return torchrl's module of world-model parts.

    Raises:
        UsageError: torchrl is not installed; the message says how to.
    """
    return _module("torchrl.modules.models.model_based")


@cache
def losses() -> Any:
    """Return torchrl's module of DreamerV3's losses; see `models`."""
    return _module("torchrl.objectives.dreamer_v3")


def _module(name: str) -> Any:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return importlib.import_module(name)
    except ImportError as error:
        raise UsageError(
            f"world models and Dreamer need torchrl >= 0.14.1, which cannot be loaded ({error}): "
            "pip install 'spacetime-rl[world-models]'"
        ) from error
