"""Where agents were in an evaluation's episodes, for heat maps beside its report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rl_training.errors import UsageError
from rl_training.play.episodes import Episode
from rl_training.play.places import Places
from rl_training.scenarios import GroundPlan, Scenario


def ground_of(scenario: Scenario) -> GroundPlan:
    """Return the ground that places are drawn on.

    Raises:
        UsageError: the scenario tells none.
    """
    if scenario.match is None or scenario.match.ground is None:
        raise UsageError(
            f"--heat_maps: the scenario {scenario.name!r} does not say what its ground is "
            "(docs/ratings.md)"
        )
    return scenario.match.ground


def take_places(places: Places, episodes: Iterable[Episode], groups: Sequence[str]) -> None:
    """Add what episodes told, each group's by its name.

    Args:
        places: is added to.
        episodes: that were played.
        groups: of the scene, in its order; the second one's places are turned. Empty: by the
            numbers of their agents.
    """
    told = [each for each in episodes if each.agent is not None and each.places]
    first: dict[str, int] = {}
    for each in told:
        assert each.agent is not None
        name, number = each.agent.policy, each.agent.index
        first[name] = min(first.get(name, number), number)
    order = list(groups) or sorted(first, key=lambda name: first[name])
    for each in told:
        assert each.agent is not None
        name = each.agent.policy
        places.add(name, each.places, turned=name in order[1:2])
