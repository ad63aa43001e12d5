"""The task in the NumPy worlds: zones, orbs, rewards, the sensor, the drive."""

from __future__ import annotations

import numpy as np
import pytest

from rl_training.runs.seeds import episode_seed
from rl_training.scenarios.lunabotics import constants as c
from rl_training.scenarios.lunabotics.draws import mix
from rl_training.scenarios.lunabotics.trigonometry import arc_tangent, sine_cosine
from rl_training.scenarios.lunabotics.vec_env import LunaboticsVecEnv
from tests.python.scenarios.lunabotics.builders import act, overlaps, put, world

TERM = {name: row for row, name in enumerate(c.REWARDS)}


def test_random_numbers_are_the_harness_own() -> None:
    rng = np.random.default_rng(0)
    seeds, places = rng.integers(0, 2**31, 100), rng.integers(0, 2**31, 100)
    expected = [episode_seed(int(s), int(p)) for s, p in zip(seeds, places, strict=True)]
    assert mix(seeds, places).tolist() == expected


def test_angles_are_what_they_should_be() -> None:
    angle = np.linspace(-np.pi, np.pi, 10_001).astype(np.float32)
    sine, cosine = np.empty_like(angle), np.empty_like(angle)
    sine_cosine(angle, sine, cosine, np.empty((3, 2, len(angle)), np.float32))
    np.testing.assert_allclose(sine, np.sin(angle.astype(float)), atol=2e-7)
    np.testing.assert_allclose(cosine, np.cos(angle.astype(float)), atol=2e-7)
    found = np.empty_like(angle)
    x = np.abs(cosine)
    arc_tangent(sine, x, found, np.empty((4, len(angle)), np.float32))
    np.testing.assert_allclose(found, np.arctan2(sine.astype(float), x), atol=5e-7)


def test_zones_are_where_the_page_says() -> None:
    places = {
        (0.3, 0.3): c.START, (0.3, 4.0): c.FREE, (3.4, 2.5): c.FIELD,
        (6.0, 4.0): c.EXCAVATION, (4.9, 1.9): c.CONSTRUCTION, (5.8, 1.0): c.BERM,
    }  # fmt: skip
    made = world(num_rocks=0)
    for (x, y), zone in places.items():
        put(made, x, y)
        act(made)
        assert made.state.zone[0] == zone, (x, y)


def test_an_orb_goes_from_the_excavation_to_the_berm() -> None:
    made = world(num_orbs=1, num_rocks=0)
    state = made.state
    x, y = (float(each) for each in state.orbs[:, 0, 0])
    put(made, x, y + 0.1)
    earned = act(made, dig=1.0)
    assert state.holding[0]
    assert state.orbs[0, 0, 0] > 100.0, "it is gone"
    assert earned[0] == pytest.approx(60.0, abs=8.0), "reach, collect and progress"
    put(made, 4.9, 2.0)
    assert act(made, dig=1.0)[0] == pytest.approx(100.0, abs=15.0), "construction is reached"
    assert state.holding[0], "an orb is laid down on the berm only"
    put(made, 5.8, 1.0)
    act(made, dig=0.49)
    assert state.holding[0], "below the threshold"
    assert act(made, dig=0.5)[0] == pytest.approx(200.0, abs=5.0)
    assert not state.holding[0]
    assert made.terminated[0], "that was the only one"
    assert not made.truncated[0]
    info = made.ends(np.zeros((1, 28), np.float32)).infos[0]
    assert info["is_success"]
    assert info["metrics"]["orbs_deposited"] == 1
    assert info["metrics"]["first_deposit_time"] == pytest.approx(4 / 60)


def test_zones_pay_once_a_trip() -> None:
    made = world(num_rocks=0)
    state = made.state
    state.orbs[:] = 1000.0
    for x, pays in ((6.0, 1), (3.0, 0), (6.0, 0)):
        put(made, x, 4.0)
        before = state.sums[TERM["reach_excavation"], 0]
        act(made)
        assert state.sums[TERM["reach_excavation"], 0] - before == pytest.approx(10.0 * pays)


def test_progress_is_paid_by_the_metre_and_cannot_be_farmed() -> None:
    made = world(num_rocks=0, num_orbs=1)
    state = made.state
    state.orbs[:, 0, 0] = 6.0, 4.0
    # To and fro: what is gained on the way there is lost on the way back.
    for x in (3.0, 5.0, 3.0):
        put(made, x, 4.0)
        act(made)
    row = TERM["progress_excavation"]
    there = state.sums[row, 0]
    for x in (5.0, 3.0):
        put(made, x, 4.0)
        act(made)
    assert state.sums[row, 0] == pytest.approx(there, abs=1e-3)
    put(made, 4.0, 4.0)
    act(made)
    assert state.sums[row, 0] - there == pytest.approx(1.0, abs=1e-3)


def test_a_contact_costs_when_it_begins_and_for_every_second() -> None:
    made = world(num_rocks=0, restitution=0.0)
    put(made, 0.3, 4.0, np.pi)
    for decision in range(150):
        act(made, linear=1.0)
        if decision == 40:
            assert made.state.sums[TERM["wall"], 0] == pytest.approx(-5.0)
    assert made.state.contacts[1, 0] == 1
    assert made.state.sums[TERM["wall"], 0] == pytest.approx(-15.0), "and for two whole seconds"
    assert made.state.x[0] == pytest.approx(0.25, abs=0.005), "its front is at the wall"


def test_a_rock_stops_a_rover_and_throws_it_back() -> None:
    made = world(num_rocks=1, restitution=1.0, contact_friction=0.0)
    state = made.state
    x, y, radius = (float(each) for each in state.obstacles[:, c.NUM_CRATERS, 0])
    state.obstacles[0, : c.NUM_CRATERS] = 1000.0
    for row in (made.table.drive, made.table.side, made.table.turn):
        row[:] = 0.0
    put(made, x - radius - 0.35, y, vx=2.0)
    for _ in range(12):
        act(made)
    assert state.vx[0] == pytest.approx(-2.0, abs=1e-4), "a bounce that loses nothing"
    assert state.contacts[0, 0] == 1
    assert overlaps(made)[0] < 0.0


def test_a_crater_slows_and_costs() -> None:
    made = world(num_rocks=0)
    state = made.state
    state.obstacles[:, 0, 0] = 3.0, 2.5, 0.35
    state.obstacles[0, 1, 0] = 1000.0
    put(made, 3.0, 2.5, vx=2.0)
    for _ in range(3):
        act(made, linear=1.0)
    assert state.vx[0] < 1.95
    assert state.contacts[0, 0] == 1


def test_the_drive_reaches_its_speeds() -> None:
    made = world(num_rocks=0, world_width=20.0)
    made.state.obstacles[0] = 1000.0
    put(made, 1.0, 2.5)
    for _ in range(60):
        act(made, linear=1.0)
    assert made.state.vx[0] == pytest.approx(2.0, abs=1e-5)
    put(made, 5.0, 2.5)
    for _ in range(30):
        act(made, angular=-1.0)
    assert made.state.spin[0] == pytest.approx(-c.MAX_TURN)
    for _ in range(30):
        act(made)
    assert made.state.spin[0] == 0.0


def test_friction_is_the_limit_of_a_light_rover() -> None:
    gained = []
    for friction in (0.1, 0.2):
        made = world(num_rocks=0, friction=friction)
        put(made, 0.5, 4.0)
        act(made, linear=1.0)
        gained.append(float(made.state.vx[0]))
    assert gained == pytest.approx([0.1 * c.GRAVITY / 60.0, 0.2 * c.GRAVITY / 60.0], rel=1e-5)


def test_actions_come_late_by_so_many_ticks() -> None:
    made = world(num_rocks=0, action_delay=3)
    put(made, 0.5, 4.0)
    speeds = []
    for _ in range(5):
        act(made, linear=1.0)
        speeds.append(float(made.state.vx[0]))
    assert speeds[:3] == [0.0, 0.0, 0.0]
    assert speeds[3] > 0.0


def test_the_frustum_shows_what_is_ahead() -> None:
    made = world(num_rocks=0, num_orbs=3)
    state = made.state
    state.obstacles[0] = 1000.0
    # Ahead, to the right by 45 degrees (y points down), and behind.
    state.orbs[:, :3, 0] = np.array([[2.0, 2.0, 0.2], [4.0, 5.0, 4.0]])
    put(made, 1.0, 4.0)
    observed = made.step(np.zeros((1, 3), np.float32))[0][0]
    distances, angles = observed[18::2], observed[19::2]
    np.testing.assert_allclose(distances[:2], [1 / 3, np.sqrt(2) / 3], atol=1e-5)
    np.testing.assert_allclose(angles[:2], [0.0, 45 / 60], atol=1e-5)
    assert distances[2:].tolist() == [1.0] * 3
    assert angles[2:].tolist() == [0.0] * 3
    assert (observed[8:18:2] == 1.0).all(), "no obstacle is there"


def test_the_nearest_five_are_the_nearest_five() -> None:
    env = LunaboticsVecEnv(200, 1, parameters={"num_rocks": 10, "num_orbs": 16})
    env.reset()
    rng = np.random.default_rng(0)
    state = env.world.state
    state.x[:], state.y[:] = rng.uniform(3.0, 6.5, 200), rng.uniform(0.5, 4.5, 200)
    observed = env.world.step(np.zeros((200, 3), np.float32))[0]
    offset = state.orbs - np.stack([state.x, state.y])[:, None]
    distance = np.hypot(*offset)
    angle = np.angle(np.exp(1j * (np.arctan2(offset[1], offset[0]) - state.angle)))
    seen = (np.abs(angle) <= np.deg2rad(60.0)) & (distance <= 3.0)
    nearest = np.sort(np.where(seen, distance, np.inf), axis=0)[:5]
    np.testing.assert_allclose(observed[:, 18::2].T, np.minimum(nearest / 3.0, 1.0), atol=1e-5)
    assert seen.sum() > 500


def test_noise_leaves_zone_and_holding_alone() -> None:
    quiet, noisy = (
        LunaboticsVecEnv(50, 2, parameters={"observation_noise": each}) for each in (0.0, 0.1)
    )
    plain, off = quiet.reset(), noisy.reset()
    assert isinstance(plain, np.ndarray)
    assert isinstance(off, np.ndarray)
    np.testing.assert_array_equal(plain[:, 6:8], off[:, 6:8])
    error = np.abs(off - plain)
    assert 0.09 < error.max() <= 0.1 + 1e-6
    assert (off[:, 0] != plain[:, 0]).all()
