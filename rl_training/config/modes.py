"""The sections of a file for `train.py --mode`: one for each way to learn, in plain words.

    world_model: {state_dim: 256, ...}   policy: {hidden_dim: 256, ...}   dreamer: {...}
    training: {num_iterations: 1000, steps_per_iteration: 2048}           device: cpu

`taken_apart` separates them from a run's own sections, and `meaning` says where they stand in a run
by the algorithm that is chosen in the end; `layers` calls both for every file, preset and `--set`.
The stages of `--mode all` read them with `stage_settings`. Nothing here imports torch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import Field

from rl_training.config.algorithm_section import Count, Discount, Positive, Rate, Share
from rl_training.config.dreamer import Size
from rl_training.config.section import Section, merged
from rl_training.config.world_model import WorldModelSettings
from rl_training.errors import ConfigError, nearest

RANDOM = "random"
"""Who plays at random."""


class CollectionMode(Section):
    """Episodes that are collected before anything is learned."""

    episodes: Count = 100
    """How many."""
    policy: str = RANDOM
    """Who plays: random, or a .zip or .onnx file."""


class WorldModelMode(WorldModelSettings):
    """The world model, of recorded episodes and of Dreamer."""

    epochs: Count = 20
    """Passes over the data; Dreamer goes on learning by itself."""

    def plain(self) -> WorldModelSettings:
        """Return the settings of the model alone."""
        return WorldModelSettings.from_dict(
            {name: value for name, value in self.to_dict().items() if name != "epochs"}
        )


class PolicyMode(Section):
    """The policy of --mode policy, and the one that imitates."""

    hidden_dim: Count = 256
    """Width of its two hidden layers."""
    ppo_clip: Positive = 0.2
    """Distance at which PPO clips the ratio of new to old probability."""
    gamma: Discount = 0.99
    """Discount factor."""
    learning_rate: Rate = 3e-4
    """Step size; of Dreamer's actor and critic as well."""


class DreamerMode(Section):
    """Dreamer's learning in imagination."""

    imagine_horizon: Count = 15
    """Decisions that are imagined."""
    discount: Discount = 0.99
    """Discount factor."""
    kl_balance: Share | None = 0.8
    """Share of the KL loss that trains the prior (DreamerV2); null: DreamerV3's two weights."""
    timesteps: Count | None = None
    """Decisions of its run; not given: those of the section training."""
    size: Size | None = None
    """Sizes that the section world_model leaves open; not given: small, as there."""
    train_ratio: Positive | None = None
    """Observations that are replayed for each one that is collected."""
    learning: Literal["interleaved", "parallel"] | None = None
    """Gradient steps between rollouts, or beside collecting."""
    learning_starts: Annotated[int, Field(ge=0)] | None = None
    """Decisions before learning begins; not given: 0 where recorded episodes are there."""
    rollout: Count | None = None
    """Decisions of each agent between two turns of learning."""
    imagination_starts: Count | None = None
    """States of a batch, at most, from which to imagine."""


class ImitationMode(Section):
    """What learns from demonstrations in --mode all."""

    algorithm: Literal["bc", "td3_bc"] = "bc"
    """The learner."""
    episodes: Count = 100
    """Demonstrations that the trained policy gives."""
    source: Literal["policy", "collection", "both"] | None = None
    """Whose episodes teach: the trained policy's, the collected ones, or both; not given: the
    policy's for bc, both for td3_bc."""
    timesteps: Count | None = None
    """Decisions learned from at most; not given: those of the section training."""
    learning_rate: Rate | None = None
    """Step size; not given: the policy's."""


class TrainingMode(Section):
    """How long; stands in the section training beside a run's own settings."""

    num_iterations: Count = 1000
    """Rounds of collecting and learning."""
    steps_per_iteration: Annotated[int, Field(ge=2)] = 2048
    """Decisions of all agents together in each; of PPO and TRPO the rollout."""


SECTIONS: Mapping[str, type[Section]] = {
    "collection": CollectionMode,
    "world_model": WorldModelMode,
    "policy": PolicyMode,
    "dreamer": DreamerMode,
    "imitation": ImitationMode,
}
"""The sections that stand for themselves."""
DEVICES = ("cpu", "auto", "cuda", "mps")
_ROLLOUT = ("ppo", "maskable_ppo", "trpo")
_CLIPPED = ("ppo", "maskable_ppo", "recurrent_ppo")
_SMALL_BY_DESIGN = ("distillation", "dagger")
_OFFLINE = ("bc", "td3_bc")
_MODEL = (
    *("learning_rate", "batch_size", "sequence_length", "state_dim", "hidden_dim"),
    *("max_grad_norm", "kl_balance", "free_nats", "unimix"),
)
"""Settings of the world model that Dreamer has under the same names."""
_AS_IN_DREAMER = (
    *("imagine_horizon", "size", "train_ratio", "learning", "learning_starts", "rollout"),
    "imagination_starts",
)


def taken_apart(values: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Separate the sections here from a run's own.

    Args:
        values: of a file, nested.

    Returns:
        What is left, with `device` where a run has it, and the sections here as they were given,
        "training" among them.

    Raises:
        ConfigError: a key is unknown, or a value has the wrong type or is out of range.
    """
    rest = {name: dict(v) if isinstance(v, Mapping) else v for name, v in values.items()}
    found: dict[str, Any] = {}
    for name, kind in SECTIONS.items():
        if name in rest:
            found[name] = _checked(kind, name, rest.pop(name))
    lengths = rest.get("training")
    if isinstance(lengths, dict):
        own = {key: lengths.pop(key) for key in TrainingMode.model_fields if key in lengths}
        if own:
            found["training"] = _checked(TrainingMode, "training", own)
            if not lengths:
                del rest["training"]
    if "device" in rest:
        device, training = _device(rest.pop("device")), rest.get("training", {})
        if isinstance(training, dict):
            rest["training"] = {"device": device} | training
    return rest, found


def meaning(algorithm: str, given: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a layer's sections mean for a run by an algorithm, where they change anything.

    Args:
        algorithm: the chosen one.
        given: the sections of all layers up to this one.
        before: those of the weaker layers alone.
    """
    if given == before:
        return {}
    now, then = _meant(algorithm, given), _meant(algorithm, before)
    result = {}
    for name, section in now.items():
        old = then.get(name, {})
        changed = {k: v for k, v in section.items() if k not in old or old[k] != v}
        if changed:
            result[name] = changed
    return result


@dataclass(frozen=True)
class StageSettings:
    """The sections here, of all layers together.

    Attributes:
        given: names of the sections that some layer has.
    """

    collection: CollectionMode
    world_model: WorldModelMode
    policy: PolicyMode
    dreamer: DreamerMode
    imitation: ImitationMode
    given: tuple[str, ...]


def stage_settings(layers: Iterable[Mapping[str, Any]]) -> StageSettings:
    """Return the sections of several layers, weak ones first.

    The world model's `kl_balance` and `horizon` are Dreamer's, unless it has its own.

    Args:
        layers: what `taken_apart` found in each.
    """
    whole: dict[str, Any] = {}
    for layer in layers:
        whole = merged(whole, layer)
    model, dreamer = whole.get("world_model", {}), whole.get("dreamer", {})
    shared = {"kl_balance": "kl_balance", "horizon": "imagine_horizon"}
    of_dreamer = {to: dreamer[name] for to, name in shared.items() if name in dreamer}
    return StageSettings(
        CollectionMode.from_dict(whole.get("collection", {}), "collection"),
        WorldModelMode.from_dict({**of_dreamer, **model}, "world_model"),
        PolicyMode.from_dict(whole.get("policy", {}), "policy"),
        DreamerMode.from_dict(dreamer, "dreamer"),
        ImitationMode.from_dict(whole.get("imitation", {}), "imitation"),
        tuple(name for name in SECTIONS if name in whole),
    )


def _checked(kind: type[Section], name: str, given: Any) -> dict[str, Any]:
    if given is None:
        return {}
    if not isinstance(given, Mapping):
        raise ConfigError(f"{name} must be a mapping; found {given!r}")
    for key in given:
        if key not in kind.model_fields:
            raise ConfigError(
                f"unknown setting {str(key)!r} in the section {name}."
                f"{nearest(str(key), kind.model_fields)} Known: {', '.join(kind.model_fields)}"
            )
    kind.from_dict(given, name)
    return dict(given)


def _device(given: Any) -> str:
    name = str(given).partition(":")[0]
    if name not in DEVICES:
        raise ConfigError(f"device must be one of {', '.join(DEVICES)}; found {given!r}")
    return name


def _meant(algorithm: str, stages: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the sections mean for a run by one algorithm."""
    settings: dict[str, Any] = {}
    result: dict[str, Any] = {"algorithm": settings}
    length = stages.get("training")
    if length is not None:
        whole = TrainingMode.from_dict(length, "training")
        result["training"] = {"timesteps": whole.num_iterations * whole.steps_per_iteration}
        if algorithm in _ROLLOUT:
            settings["rollout_size"] = whole.steps_per_iteration
    if algorithm == "dreamer":
        _dreamer(stages, settings, result)
    else:
        _policy(algorithm, stages.get("policy", {}), settings, result)
    own = stages.get("imitation", {})
    if algorithm in _OFFLINE and own.get("timesteps") is not None:
        result["training"] = {"timesteps": own["timesteps"]}
    if algorithm in _OFFLINE and own.get("learning_rate") is not None:
        settings["learning_rate"] = own["learning_rate"]
    return {name: section for name, section in result.items() if section}


def _policy(
    algorithm: str, given: Mapping[str, Any], settings: dict[str, Any], result: dict[str, Any]
) -> None:
    if algorithm in _SMALL_BY_DESIGN:
        return
    if "ppo_clip" in given and algorithm in _CLIPPED:
        settings["clip_range"] = given["ppo_clip"]
    settings |= {name: given[name] for name in ("gamma", "learning_rate") if name in given}
    if "hidden_dim" in given:
        width = given["hidden_dim"]
        recurrent = algorithm == "recurrent_ppo"
        result["network"] = {"net_arch": [width] if recurrent else [width, width]}


def _dreamer(stages: Mapping[str, Any], settings: dict[str, Any], result: dict[str, Any]) -> None:
    model, own = stages.get("world_model", {}), stages.get("dreamer", {})
    settings |= {name: model[name] for name in _MODEL if name in model}
    if any(name in model for name in ("state_dim", "hidden_dim")):
        # Its other sizes are those of the world model's defaults.
        settings["size"] = "small"
    settings |= {name: own[name] for name in _AS_IN_DREAMER if own.get(name) is not None}
    if "discount" in own:
        settings["gamma"] = own["discount"]
    if "kl_balance" in own:
        settings["kl_balance"] = own["kl_balance"]
    rate = stages.get("policy", {}).get("learning_rate")
    if rate is not None:
        settings["actor_learning_rate"] = rate
    if own.get("timesteps") is not None:
        result["training"] = {"timesteps": own["timesteps"]}
