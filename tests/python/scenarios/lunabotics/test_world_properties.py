"""What holds of every NumPy world, whatever is done in it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import Phase, assume, given, settings
from hypothesis import strategies as st

from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv
from tests.python.scenarios.lunabotics.builders import (
    EVERYTHING,
    drawn,
    overlaps,
    played,
    world,
)

# `test_with_many_examples` asks for more.
EXAMPLES = int(os.environ.get("PROPERTY_EXAMPLES", "4"))
few = settings(max_examples=EXAMPLES, deadline=None, phases=[Phase.explicit, Phase.generate])
seeds = st.integers(0, 2**31 - 1)


@few
@given(seeds, st.integers(0, 1000), st.sampled_from([1, 6]), st.booleans())
def test_n_worlds_are_n_single_ones_bit_for_bit(
    seed: int, actions_seed: int, repeat: int, randomised: bool
) -> None:
    parameters = EVERYTHING if randomised else {"time_limit": 2.0}
    n, steps = 7, 125
    actions = drawn(steps, n, actions_seed)
    together = LunaboticsVecEnv(n, seed, action_repeat=repeat, parameters=parameters)
    whole = played(together, actions)
    assume(whole[2].any())  # episodes end and begin on the way
    for number in (0, 3, 6):
        alone = LunaboticsVecEnv(
            *(1, seed), action_repeat=repeat, parameters=parameters,
            first_world=number, total_worlds=n,
        )  # fmt: skip
        rows = slice(number, number + 1)
        for one, many in zip(played(alone, actions[:, rows]), whole, strict=True):
            np.testing.assert_array_equal(one, many[:, rows])


@pytest.mark.parametrize("n", [1, 2, 15, 16, 17, 64, 333])
def test_the_number_of_worlds_changes_no_bit(n: int) -> None:
    """Vector instructions take the last elements of an array another way."""
    actions = drawn(120, 333)
    big = played(LunaboticsVecEnv(333, 5), actions)
    small = LunaboticsVecEnv(n, 5, first_world=333 - n, total_worlds=333)
    for one, many in zip(played(small, actions[:, 333 - n :]), big, strict=True):
        np.testing.assert_array_equal(one, many[:, 333 - n :])


@few
@given(seeds, st.sampled_from([1, 6]))
def test_the_same_seed_is_the_same_trajectory(seed: int, repeat: int) -> None:
    actions = drawn(100, 5, seed)
    env = LunaboticsVecEnv(5, seed, action_repeat=repeat, parameters=EVERYTHING)
    first = played(env, actions)
    env.seed(seed)
    for one, other in zip(first, played(env, actions), strict=True):
        np.testing.assert_array_equal(one, other)
    fresh = LunaboticsVecEnv(5, seed, action_repeat=repeat, parameters=EVERYTHING)
    for one, other in zip(first, played(fresh, actions), strict=True):
        np.testing.assert_array_equal(one, other)


@few
@given(seeds, st.integers(0, 1000))
def test_observations_stay_in_their_space(seed: int, actions_seed: int) -> None:
    env = LunaboticsVecEnv(16, seed, action_repeat=6, parameters=EVERYTHING)
    seen, earned, _ = played(env, drawn(200, 16, actions_seed))
    space = env.observation_space
    assert space.contains(seen[0, 0])
    assert (seen >= space.low).all()  # type: ignore[attr-defined]
    assert (seen <= space.high).all()  # type: ignore[attr-defined]
    assert np.isfinite(earned).all()


@few
@given(seeds, st.integers(0, 1000), st.floats(0.0, 1.0), st.floats(0.0, 1.0))
def test_energy_never_grows_without_drive(
    seed: int, speeds: int, restitution: float, friction: float
) -> None:
    n = 32
    made = world(
        *(n, np.random.default_rng(seed).integers(0, 2**31, n)),
        restitution=restitution, contact_friction=friction, friction=0.05,
    )  # fmt: skip
    rng, state = np.random.default_rng(speeds), made.state
    heading = rng.uniform(-np.pi, np.pi, n)
    state.x[:] = rng.uniform(0.4, 6.4, n)
    state.y[:] = rng.uniform(0.4, 4.6, n)
    state.vx[:], state.vy[:] = 2.0 * np.cos(heading), 2.0 * np.sin(heading)
    state.spin[:] = rng.uniform(-4.0, 4.0, n)
    # The wheels are let go: they neither push nor brake.
    for table in (made.table.drive, made.table.side, made.table.turn):
        table[:] = 0.0
    radius = (c.ROVER_LENGTH**2 + c.ROVER_WIDTH**2) / 12.0
    before = np.full(n, np.inf)
    for step in range(150):
        made.step(np.zeros((n, 3), np.float32))
        energy = state.vx**2 + state.vy**2 + radius * state.spin**2
        if step:
            assert (energy <= before * (1.0 + 1e-5) + 1e-7).all()
        before = energy.astype(np.float64)
    assert (state.contacts.sum(axis=0) > 0).mean() > 0.5, "most have met something"


@few
@given(seeds, st.integers(0, 1000), st.sampled_from([5.0, 30.0, 200.0]), st.floats(0.0, 1.0))
def test_a_rover_is_never_deep_in_anything(
    seed: int, actions_seed: int, mass: float, restitution: float
) -> None:
    n = 32
    given_seeds = np.random.default_rng(seed).integers(0, 2**31, n)
    made = world(n, given_seeds, mass=mass, restitution=restitution, num_rocks=10)
    deepest = 0.0
    for each in drawn(250, n, actions_seed):
        made.step(each)
        deepest = max(deepest, overlaps(made).max())
    assert made.state.contacts.sum() > 0
    assert deepest < 0.005


@few
@given(seeds, st.integers(0, 1000))
def test_a_rover_is_never_faster_than_its_limit(seed: int, actions_seed: int) -> None:
    made = world(32, np.random.default_rng(seed).integers(0, 2**31, 32), friction=1.0)
    for each in drawn(300, 32, actions_seed):
        x, y = made.state.x.copy(), made.state.y.copy()
        made.step(each)
        assert np.hypot(made.state.vx, made.state.vy).max() <= 2.0 * (1.0 + 1e-6)
        free = ~made.state.touching.any(axis=0)
        moved = np.hypot(made.state.x - x, made.state.y - y)[free]
        assert moved.max(initial=0.0) <= 2.0 / 60.0 + 1e-5


@few
@given(seeds)
def test_nothing_is_drawn_into_anything_else(seed: int) -> None:
    n = 256
    made = world(n, np.random.default_rng(seed).integers(0, 2**31, n), num_rocks=10, num_orbs=16)
    state = made.state
    x, y, radius = state.obstacles.astype(np.float64)
    apart = np.hypot(x[:, None] - x[None], y[:, None] - y[None]) - radius[:, None] - radius[None]
    rocks = apart[c.NUM_CRATERS : 12, c.NUM_CRATERS : 12]
    rocks[np.arange(10), np.arange(10)] = np.inf
    assert rocks.min() > c.ROVER_WIDTH, "the rover fits between any two rocks"
    assert (overlaps(made) < 0.0).all()
    assert (state.zone == c.START).all()
    assert (state.orbs[0] >= made.table.right_x).all()
    assert (state.orbs[1] >= made.table.split_y).all()


@pytest.mark.nightly
@pytest.mark.timeout(900)
def test_with_many_examples() -> None:
    words = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    done = subprocess.run(
        [*words, "-m", "not nightly"],
        env={**os.environ, "PROPERTY_EXAMPLES": "100"}, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
