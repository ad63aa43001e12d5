from __future__ import annotations

import numpy as np
import pytest

from rl_training.evaluation.action_agreement import compare_outputs


def test_continuous_actions_by_their_distance() -> None:
    reference = np.zeros((4, 2), np.float32)
    other = np.array([[0.0, 0.0], [0.04, -0.04], [0.0, 0.06], [-0.5, 0.0]], np.float32)
    found = compare_outputs(reference, other, None, tolerance=0.05)
    assert found.observations == 4
    assert found.mean_abs_diff == pytest.approx(0.08)
    assert found.max_abs_diff == pytest.approx(0.5)
    assert found.within_tolerance == 0.5
    assert found.same_choice is None
    assert found.tolerance == 0.05


def test_discrete_actions_by_their_choices() -> None:
    # Branches of 2 and 3; rows: all the same, another first choice, another second choice.
    reference = np.tile(np.array([1.0, 0.0, 0.0, 5.0, 1.0], np.float32), (3, 1))
    other = reference * 2.0
    other[1, :2] = [0.0, 1.0]
    other[2, 2:] = [0.0, 1.0, 2.0]
    found = compare_outputs(reference, other, [2, 3])
    assert found.same_choice == pytest.approx(1 / 3)
    assert (found.mean_abs_diff, found.max_abs_diff, found.within_tolerance) == (None, None, None)


def test_outputs_of_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"shapes \(3, 2\) and \(3, 1\)"):
        compare_outputs(np.zeros((3, 2)), np.zeros((3, 1)), None)
