from __future__ import annotations

import json

import numpy as np
import pytest

from rl_training.training.levels.known import KnownLevels


def test_outcomes_fade_with_time() -> None:
    known = KnownLevels(4, half_life=100.0)
    place = known.add(17)
    known.count(place, True, now=0)
    known.count(place, False, now=100)
    successes, outcomes = known.outcomes(now=200)
    assert successes[place] == pytest.approx(0.25)
    assert outcomes[place] == pytest.approx(0.75)


def test_a_level_drives_another_out() -> None:
    known = KnownLevels(2, half_life=1.0)
    known.add(5)
    place = known.add(6)
    known.count(place, True, now=3)
    known.scores[place] = 2.0
    assert known.is_full
    assert known.add(7, place) == place
    assert (6 in known, 7 in known, len(known)) == (False, True, 2)
    assert known.levels.tolist() == [5, 7]
    assert known.scores.tolist() == [0.0, 0.0]
    assert known.outcomes(now=3)[1].tolist() == [0.0, 0.0]


def test_the_state_is_the_same_to_the_bit() -> None:
    known = KnownLevels(1000, half_life=77.0)
    random = np.random.default_rng(0)
    for level in range(600):
        place = known.add(level * 3)
        known.count(place, bool(random.integers(2)), now=level)
        known.scores[place] = random.random()
        known.played_at[place] = level
    again = KnownLevels(1000, half_life=77.0)
    again.restore(json.loads(json.dumps(known.state())))
    assert again.state() == known.state()
    assert again.scores.tobytes() == known.scores.tobytes()
    again.add(5000)
    assert again.levels[-1] == 5000
    assert again.place(3) == 1


def test_a_damaged_state_is_refused() -> None:
    known = KnownLevels(4, half_life=1.0)
    known.add(1)
    with pytest.raises(ValueError, match="equally long"):
        KnownLevels(4, 1.0).restore({**known.state(), "scores": ""})
