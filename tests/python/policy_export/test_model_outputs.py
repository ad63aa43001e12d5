"""As many outputs as the actions need, and what they mean."""

from __future__ import annotations

import gymnasium as gym
import numpy as np
import pytest

from rl_training.errors import ModelError
from rl_training.policy_export.model_outputs import ModelOutputs
from tests.python.policy_export.policies import BRANCHES, HYBRID, MOVE, ONE_OF

# jump: 2 choices, move: 2 values, turn: 3 choices.
LOGITS = np.array([[0.0, 1.0, 0.5, -0.5, 3.0, 2.0, 1.0], [2.0, 1.0, 0.0, 0.0, 0.0, 0.0, 4.0]])


@pytest.mark.parametrize(
    ("space", "width", "needed"),
    [
        (MOVE, 4, "gives 4 outputs, the scene's actions need 3 "),
        (BRANCHES, 2, "gives 2 outputs, the scene's actions need 5 "),
        (ONE_OF, 1, "gives 1 outputs, the scene's actions need 4 "),
        (HYBRID, 4, r"gives 4 outputs, .* need 7 or 6 \(jump: 2 choices, move: 2, turn: 3 choices"),
    ],
)
def test_a_width_that_cannot_serve_is_refused(
    space: gym.Space[object], width: int, needed: str
) -> None:
    with pytest.raises(ModelError, match=needed):
        ModelOutputs(space, width)


def test_logits_and_scores_of_a_hybrid_space() -> None:
    rows = ModelOutputs(HYBRID, 7).actions(LOGITS)
    np.testing.assert_array_equal(HYBRID.to_engine(rows), [[1, 0.5, -0.5, 0], [0, 0, 0, 2]])
    flat = np.array([[0.2, 0.5, -0.5, 3.0, 2.0, 1.0]])
    rows = ModelOutputs(HYBRID, 6).actions(flat)
    np.testing.assert_array_equal(HYBRID.to_engine(rows), [[1, 0.5, -0.5, 0]])


@pytest.mark.parametrize("width", [6, 7])
def test_masks_forbid_choices_beside_values(width: int) -> None:
    outputs = LOGITS if width == 7 else np.array([[1, 0.5, -0.5, 3, 2, 1], [-1, 0, 0, 0, 0, 4]])
    allowed = np.array([[True, False, False, True, True], [False, True, True, True, False]])
    rows = ModelOutputs(HYBRID, width).actions(outputs, allowed)
    chosen = HYBRID.to_engine(rows)
    np.testing.assert_array_equal(chosen[:, 0], [0, 1])
    np.testing.assert_array_equal(chosen[:, 3], [1, 0])
    np.testing.assert_array_equal(chosen[0, 1:3], [0.5, -0.5])


def test_scores_for_a_student_add_up_to_one() -> None:
    rows = ModelOutputs(HYBRID, 7).with_shares(LOGITS)
    np.testing.assert_allclose(rows[:, 3:].sum(axis=1), 1.0, rtol=1e-6)
    np.testing.assert_array_equal(HYBRID.chosen(rows), [[1, 0], [0, 2]])
