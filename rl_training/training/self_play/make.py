"""From a run's settings to its self-play; None where there is none."""

from __future__ import annotations

from stable_baselines3.common.logger import Logger

from rl_training.config import TrainConfig
from rl_training.errors import ConfigError
from rl_training.limits import MAX_SEED
from rl_training.runs.milestones import find_milestone
from rl_training.runs.paths import RunPaths
from rl_training.runs.seeds import episode_seed
from rl_training.training.milestones.writer import MilestoneWriter
from rl_training.training.party.party import Party
from rl_training.training.party.roles import Roles
from rl_training.training.self_play.callback import LoggedMeasures, SelfPlayCallback
from rl_training.training.self_play.enabling import Enabling
from rl_training.training.self_play.pool import OpponentPool

_RANDOM_STREAM = 7_919  # apart from the policies' and the levels' seeds


def require_sides(config: TrainConfig, roles: Roles | None) -> None:
    """Refuse self-play in a scene that has no two sides that learn.

    Raises:
        ConfigError: it has not.
    """
    if not config.self_play.enabled:
        return
    found = {} if roles is None else _sides(roles)
    if len(found) >= 2:
        return
    groups = "one, or none" if roles is None else ", ".join(roles.groups)
    raise ConfigError(
        f"self_play.enabled needs two groups of agents that learn (policy_name of their "
        f"controllers); groups of this scene: {groups}; of these learn: "
        f"{', '.join(found) or 'none apart'}"
    )


def make_self_play(
    config: TrainConfig,
    roles: Roles | None,
    party: Party,
    paths: RunPaths,
    milestones: MilestoneWriter | None,
    log: Logger,
) -> SelfPlayCallback | None:
    """Return what lets opponents play; None: the settings ask for none.

    Args:
        config: the run; `require_sides` has passed it.
        roles: of the scene's groups.
        party: who learns.
        paths: of the run.
        milestones: writes them; each that it writes joins the pool. None: the run has none.
        log: of the run.
    """
    if not config.self_play.enabled or roles is None:
        return None
    if milestones is None or party.lockstep is None:
        return None
    several = len(party.pupils) > 1
    enabling = Enabling(config.self_play.enable_at, [role.name for role in roles.learning])
    if enabling.tags:
        log.output_formats.append(LoggedMeasures(enabling))

    def load(name: str, policy: str) -> bytes:
        return find_milestone(paths, name).onnx(policy if several else "").read_bytes()

    made = SelfPlayCallback(
        config.self_play,
        party.lockstep,
        _sides(roles),
        OpponentPool(config.self_play, min(episode_seed(config.seed, _RANDOM_STREAM), MAX_SEED)),
        enabling,
        load,
        milestones.make_now,
        config.training.timesteps,
    )
    milestones.on_made = lambda milestone: made.added(milestone.name)
    return made


def _sides(roles: Roles) -> dict[str, str]:
    owner = {group: role.name for role in roles.learning for group in role.groups}
    return {group: owner[group] for group in roles.groups if group in owner}
