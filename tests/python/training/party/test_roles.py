"""Who learns, who stays as it is, and with which settings."""

from __future__ import annotations

from typing import Any

import pytest

from rl_training.config import TrainConfig
from rl_training.envs.groups import AgentGroup
from rl_training.errors import ConfigError
from rl_training.training.party.roles import assign_roles, policy_seed
from tests.python.training.party.group_world import SPACES


def _groups(**agents: int) -> dict[str, AgentGroup]:
    return {
        name: AgentGroup(name, tuple(range(count)), *SPACES["runner"], (0,) * count, ("",) * count)
        for name, count in agents.items()
    }


def _config(timesteps: int = 1000, **policies: Any) -> TrainConfig:
    return TrainConfig.from_dict(
        {"training": {"timesteps": timesteps}, "policies": policies, "seed": 5}
    )


def test_timesteps_are_shared_by_the_agents() -> None:
    roles = assign_roles(_config(1000), _groups(a=6, b=3, c=1))
    assert {role.name: role.config.training.timesteps for role in roles.learning} == {
        "a": 600,
        "b": 300,
        "c": 100,
    }
    # Rounded up to whole decisions of all.
    roles = assign_roles(_config(1001), _groups(a=6, b=4))
    assert [role.config.training.timesteps for role in roles.learning] == [606, 404]


def test_one_that_learns_has_the_runs_own_timesteps_and_seed() -> None:
    roles = assign_roles(_config(1001, b={"state": "scripted"}), _groups(a=6, b=4))
    (role,) = roles.learning
    assert (role.config.training.timesteps, role.config.seed) == (1001, 5)
    assert roles.scripted == ("b",)


def test_seeds_of_policies_differ_and_the_first_is_the_runs() -> None:
    roles = assign_roles(_config(), _groups(a=1, b=1, c=1))
    seeds = [role.config.seed for role in roles.learning]
    assert seeds[0] == 5
    assert len(set(seeds)) == 3
    assert seeds == [policy_seed(5, number) for number in range(3)]


def test_who_shares_counts_for_the_one_that_it_shares() -> None:
    roles = assign_roles(_config(b={"shares": "c"}), _groups(a=1, b=2, c=2))
    assert [(role.name, role.groups) for role in roles.learning] == [
        ("a", ("a",)),
        ("c", ("c", "b")),
    ]
    assert [role.config.training.timesteps for role in roles.learning] == [200, 800]
    assert roles.sharing == {"b": "c"}


def test_names_that_would_have_the_same_files_are_refused() -> None:
    groups = _groups(**{"red team": 1, "red/team": 1})
    with pytest.raises(ConfigError, match="the files of 'red team' and 'red/team'"):
        assign_roles(_config(), groups)
    other = _config().replace({"policies": {"red/team": {"state": "scripted"}}})
    assert len(assign_roles(other, groups).learning) == 1
