"""Dense layers in NumPy.

Called by whoever acts for a policy; `algorithms.acting` reads them out of torch.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Layers:
    """Dense layers in their order; can be pickled.

    Attributes:
        layers: (weight (inputs, outputs), bias (outputs,), function applied in place or None).
    """

    layers: tuple[tuple[Floats, Floats, Callable[..., Any] | None], ...]

    def __call__(self, x: Floats) -> Floats:
        """Return the last layer's output.

        Args:
            x: (n, inputs).
        """
        for weight, bias, function in self.layers:
            x = x @ weight
            x += bias
            if function is not None:
                function(x, out=x)
        return x


def relu(x: Floats, out: Floats) -> None:
    """Write max(x, 0) to `out`."""
    np.maximum(x, np.float32(0.0), out=out)
