"""Sine, cosine and arc tangent from sums, products and quotients alone.

NumPy's own take other instructions for the last elements of an array than for the first, and other
ones on other processors, so their last bit depends on how many worlds there are. Here every element
comes out the same, whatever surrounds it. Errors are below
2e-7 (sine) and 5e-7 (arc tangent).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_PI = np.float32(np.pi)
_HALF_PI = np.float32(np.pi / 2)
_TWO_PI = np.float32(2 * np.pi)
_PER_TURN = np.float32(1 / (2 * np.pi))
# Minimax fits (Lawson's iteration): sine on [-pi/2, pi/2] to 4e-9, arc tangent on [0, 1] to 3e-7.
SINE = tuple(
    np.float32(c)
    for c in (0.999999977, -0.166666476, 0.00833289982, -0.000198008978, 2.5904885e-06)
)
ARC_TANGENT = tuple(
    np.float32(c)
    for c in (
        *(0.99999611, -0.33317368, 0.19807816, -0.13233342),
        *(0.07962367, -0.03360422, 0.00681179),
    )
)


def polynomial(square: Floats, coefficients: tuple[np.float32, ...], out: Floats) -> Floats:
    """Write sum(c[i] * square^i) into `out` and return it."""
    np.multiply(square, coefficients[-1], out=out)
    for coefficient in coefficients[-2:0:-1]:
        out += coefficient
        out *= square
    out += coefficients[0]
    return out


def wrap(angle: Floats, work: Floats) -> None:
    """Bring angles into [-pi, pi], in place."""
    np.multiply(angle, _PER_TURN, out=work)
    np.rint(work, out=work)
    work *= _TWO_PI
    angle -= work
    np.clip(angle, -_PI, _PI, out=angle)


def sine_cosine(angle: Floats, sine: Floats, cosine: Floats, work: Floats) -> None:
    """Write sine and cosine of angles in [-pi, pi].

    Args:
        angle: (n,).
        sine: (n,), written.
        cosine: (n,), written.
        work: (3, 2, n), overwritten.
    """
    u, square, value = work
    np.abs(angle, out=u[0])
    np.subtract(_HALF_PI, u[0], out=u[1])
    np.subtract(_PI, u[0], out=square[0])
    np.minimum(u[0], square[0], out=u[0])
    np.multiply(u, u, out=square)
    polynomial(square, SINE, value)
    value *= u
    np.copysign(value[0], angle, out=sine)
    np.copyto(cosine, value[1])


def arc_tangent(y: Floats, x: Floats, out: Floats, work: Floats) -> None:
    """Write atan2(y, x) for x >= 0, not both 0.

    Args:
        y: any shape.
        x: of that shape, >= 0.
        out: of that shape, written.
        work: (4, *shape), overwritten.
    """
    steep, ratio, square, high = work
    np.abs(y, out=steep)
    np.minimum(steep, x, out=ratio)
    np.maximum(steep, x, out=high)
    ratio /= high
    np.multiply(ratio, ratio, out=square)
    polynomial(square, ARC_TANGENT, out)
    out *= ratio
    # Where |y| > x the angle is pi/2 less what was found.
    np.greater(steep, x, out=high, casting="unsafe")
    np.multiply(high, np.float32(-2.0), out=ratio)
    ratio += np.float32(1.0)
    out *= ratio
    high *= _HALF_PI
    out += high
    np.copysign(out, y, out=out)
