"""The settings of each algorithm, by its name; `algorithm.name` chooses among them.

Names of settings are those of Stable-Baselines3 and sb3-contrib. A default that differs from theirs
was chosen for many agents in few engines (docs/algorithms.md). What an algorithm wants changed in
other sections (a larger network, no reward normalisation) is in its `SECTIONS`, a layer of its own
below the scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator
from typing_extensions import Self

from rl_training.config.algorithm_section import (
    AlgorithmSettings,
    Count,
    DaggerRounds,
    Discount,
    NotNegative,
    Positive,
    Rate,
    Share,
)
from rl_training.config.dreamer import DreamerSettings
from rl_training.config.imitation import BehavioralCloningSettings, DaggerSettings, TD3BCSettings

__all__ = [
    "AlgorithmSettings",
    "Count",
    "DEFAULT",
    "Discount",
    "NotNegative",
    "Positive",
    "Rate",
    "SETTINGS",
    "Share",
    "PPOSettings",
    "MaskablePPOSettings",
    "RecurrentPPOSettings",
    "A2CSettings",
    "TRPOSettings",
    "OffPolicySettings",
    "SACSettings",
    "TQCSettings",
    "CrossQSettings",
    "TD3Settings",
    "DQNSettings",
    "DistillationSettings",
]


class _OnPolicy(AlgorithmSettings):
    n_steps: Annotated[int, Field(ge=2)] | None = None
    """Decisions of an agent per rollout; not given: `rollout_size` over all agents."""
    rollout_size: Annotated[int, Field(ge=2)] = 8192
    """Decisions of all agents together per rollout, unless `n_steps` is given."""
    gae_lambda: Share = 0.95
    """Bias against variance of the advantage estimate."""
    collection: Literal["waiting", "free"] = "waiting"
    """All engines answer before any gets its next actions, or each gets them at once. Free is
    faster with several engines; docs/training.md says what it changes."""


class _Clipped(_OnPolicy):
    batch_size: Annotated[int, Field(ge=2)] = 2048
    """Transitions per gradient step, cut to the rollout when that is smaller."""
    n_epochs: Count = 6
    """Passes over each rollout."""
    learning_rate: Rate = 1e-3
    """Step size at the start."""
    critic_learning_rate: Rate | None = None
    """Step size of the critic's layers at the start; it falls as the policy's does. Not given:
    `learning_rate`."""
    critic_first: Annotated[int, Field(ge=0)] = 0
    """Decisions of all agents in which the critic alone learns: for a policy that was cloned."""
    learning_rate_decay: bool = True
    """The step size falls linearly to zero at the last timestep."""
    clip_range: Positive = 0.2
    """Distance at which the ratio of new to old probability is clipped."""
    ent_coef: NotNegative = 0.0
    """Weight of the entropy bonus."""
    vf_coef: NotNegative = 0.5
    """Weight of the value loss."""
    max_grad_norm: Positive = 0.5
    """Gradients are scaled down to this norm."""
    target_kl: Positive | None = None
    """Ends a rollout's updates beyond this divergence; not given: never."""


class PPOSettings(_Clipped):
    """Proximal policy optimisation (Schulman et al. 2017, arXiv:1707.06347)."""

    name: Literal["ppo"] = "ppo"
    """The algorithm."""


class MaskablePPOSettings(_Clipped):
    """PPO that never takes forbidden choices (Huang and Ontanon 2020, arXiv:2006.14171)."""

    SETTINGS_OF: ClassVar[str] = "ppo"
    name: Literal["maskable_ppo"] = "maskable_ppo"
    """The algorithm."""


class RecurrentPPOSettings(_Clipped):
    """PPO with an LSTM, for scenes where one observation does not tell all."""

    SECTIONS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "network": {"net_arch": [16]},
            "observations": {"normalise": False},
            "rewards": {"normalise": False},
        }
    )
    name: Literal["recurrent_ppo"] = "recurrent_ppo"
    """The algorithm."""
    n_steps: Annotated[int, Field(ge=2)] | None = 16
    """Decisions of an agent per rollout; not given: `rollout_size` over all agents."""
    batch_size: Annotated[int, Field(ge=2)] = 256
    """Transitions per gradient step, cut to the rollout when that is smaller."""
    n_epochs: Count = 8
    """Passes over each rollout."""
    learning_rate: Rate = 3e-3
    """Step size at the start."""
    learning_rate_decay: bool = False
    """The step size falls linearly to zero at the last timestep."""
    gamma: Discount = 0.98
    """Discount factor."""
    lstm_hidden_size: Count = 16
    """Numbers that the policy remembers; a few hold a fact or two."""
    n_lstm_layers: Count = 1
    """LSTM layers, one above the other."""


class A2CSettings(_OnPolicy):
    """Advantage actor-critic (Mnih et al. 2016, arXiv:1602.01783)."""

    name: Literal["a2c"] = "a2c"
    """The algorithm."""
    n_steps: Annotated[int, Field(ge=2)] | None = 8
    """Decisions of an agent per rollout; not given: `rollout_size` over all agents."""
    learning_rate: Rate = 7e-4
    """Step size at the start."""
    learning_rate_decay: bool = True
    """The step size falls linearly to zero at the last timestep."""
    ent_coef: NotNegative = 0.0
    """Weight of the entropy bonus."""
    vf_coef: NotNegative = 0.5
    """Weight of the value loss."""
    max_grad_norm: Positive = 0.5
    """Gradients are scaled down to this norm."""
    use_rms_prop: bool = True
    """RMSprop, as in the paper; else Adam."""
    normalize_advantage: bool = False
    """Advantages are scaled to deviation 1."""


class TRPOSettings(_OnPolicy):
    """Trust region policy optimisation (Schulman et al. 2015, arXiv:1502.05477)."""

    name: Literal["trpo"] = "trpo"
    """The algorithm."""
    batch_size: Annotated[int, Field(ge=2)] = 2048
    """Transitions per gradient step of the value network."""
    learning_rate: Rate = 1e-3
    """Step size of the value network at the start."""
    target_kl: Positive = 0.01
    """Bound on the divergence of one update."""
    cg_max_steps: Count = 15
    """Steps of the conjugate gradient."""
    cg_damping: NotNegative = 0.1
    """Damping of the Hessian-vector product."""
    n_critic_updates: Count = 10
    """Passes of the value network over each rollout."""


class OffPolicySettings(AlgorithmSettings):
    """What algorithms with a replay buffer share."""

    SECTIONS: ClassVar[Mapping[str, Any]] = MappingProxyType(
        {
            "network": {"net_arch": [256, 256], "activation": "relu"},
            "rewards": {"normalise": False},
        }
    )
    buffer_size: Count = 300_000
    """Transitions that the replay buffer holds, of all agents together."""
    learning_starts: Annotated[int, Field(ge=0)] = 5_000
    """Timesteps of random actions before learning begins."""
    batch_size: Annotated[int, Field(ge=1)] = 256
    """Transitions per gradient step."""
    train_freq: Count | None = None
    """Decisions of each agent between two updates, all with one policy; not given: 1, or 16 with
    `collection: free` and on a cluster (docs/scale.md)."""
    gradient_steps: Count | None = None
    """Gradient steps of an update; not given: `updates_per_step` for each transition collected."""
    updates_per_step: Positive = 0.125
    """Gradient steps for each collected transition, when `gradient_steps` is not given."""
    save_replay_buffer: bool = True
    """Write the replay buffer beside the checkpoint, so that a resumed run has it."""
    collection: Literal["waiting", "free"] = "waiting"
    """All engines answer before any gets its next actions, or each gets them at once, through
    `train_freq` decisions. On a cluster it is free wherever the policy can be played there."""


class _Soft(OffPolicySettings):
    tau: Annotated[float, Field(gt=0.0, le=1.0)] = 0.005
    """Share of the weights that the target network takes over at each update."""


class _MaxEntropy(_Soft):
    ent_coef: NotNegative | Literal["auto"] = "auto"
    """Weight of the entropy; "auto": learned."""
    target_entropy: float | Literal["auto"] = "auto"
    """Entropy that a learned weight aims at; "auto": minus the number of actions."""
    target_update_interval: Count = 1
    """Gradient steps between two updates of the target network."""


class SACSettings(_MaxEntropy):
    """Soft actor-critic (Haarnoja et al. 2018, arXiv:1801.01290)."""

    name: Literal["sac"] = "sac"
    """The algorithm."""
    critic_dropout: Annotated[float, Field(ge=0.0, lt=1.0)] = 0.0
    """Dropout in the critics, which then have layer normalisation too, as in DroQ (Hiraoka et al.
    2022, arXiv:2110.02034): for many `updates_per_step`; 0: plain critics. A resumed run cannot
    change whether there is any."""


class TQCSettings(_MaxEntropy):
    """Truncated quantile critics (Kuznetsov et al. 2020, arXiv:2005.04269)."""

    name: Literal["tqc"] = "tqc"
    """The algorithm."""
    top_quantiles_to_drop_per_net: Annotated[int, Field(ge=0)] = 2
    """Largest quantiles of each critic that are left out, against overestimation."""


class CrossQSettings(OffPolicySettings):
    """SAC with batch normalisation, without targets (Bhatt et al. 2024, arXiv:1902.05605)."""

    name: Literal["crossq"] = "crossq"
    """The algorithm."""
    learning_rate: Rate = 1e-3
    """Step size at the start."""
    ent_coef: NotNegative | Literal["auto"] = "auto"
    """Weight of the entropy; "auto": learned."""
    target_entropy: float | Literal["auto"] = "auto"
    """Entropy that a learned weight aims at; "auto": minus the number of actions."""
    policy_delay: Count = 3
    """Critic updates for each update of the policy."""


class TD3Settings(_Soft):
    """Twin delayed deep deterministic policy gradient (Fujimoto et al. 2018, arXiv:1802.09477)."""

    name: Literal["td3"] = "td3"
    """The algorithm."""
    action_noise: NotNegative = 0.1
    """Standard deviation of the noise on actions while collecting, of the range [-1, 1]."""
    policy_delay: Count = 2
    """Critic updates for each update of the policy."""
    target_policy_noise: NotNegative = 0.2
    """Deviation of the noise on the target's actions."""
    target_noise_clip: NotNegative = 0.5
    """Bound of that noise."""


class DQNSettings(OffPolicySettings):
    """Deep Q-learning (Mnih et al. 2015) for scenes with one discrete action."""

    name: Literal["dqn"] = "dqn"
    """The algorithm."""
    tau: Annotated[float, Field(gt=0.0, le=1.0)] = 1.0
    """Share of the weights that the target network takes over at each of its updates."""
    target_update_interval: Count = 5_000
    """Timesteps between two updates of the target network."""
    exploration_fraction: Share = 0.2
    """Share of the run over which random actions become rare."""
    exploration_initial_eps: Share = 1.0
    """Share of random actions at the start."""
    exploration_final_eps: Share = 0.05
    """Share of random actions after that."""
    max_grad_norm: Positive = 10.0
    """Gradients are scaled down to this norm."""


class DistillationSettings(DaggerRounds):
    """A student that learns to act as its teacher (DAgger, Ross et al. 2011, arXiv:1011.0686)."""

    name: Literal["distillation"] = "distillation"
    """The algorithm."""
    teacher: str = ""
    """The teacher: a .zip checkpoint or an .onnx file."""

    @model_validator(mode="after")
    def _taught(self) -> Self:
        if not self.teacher.endswith((".zip", ".onnx")):
            raise ValueError(
                f"teacher must be a .zip checkpoint or an .onnx file; found {self.teacher!r}"
            )
        return self


SETTINGS: dict[str, type[AlgorithmSettings]] = {
    "ppo": PPOSettings,
    "a2c": A2CSettings,
    "trpo": TRPOSettings,
    "recurrent_ppo": RecurrentPPOSettings,
    "maskable_ppo": MaskablePPOSettings,
    "sac": SACSettings,
    "td3": TD3Settings,
    "tqc": TQCSettings,
    "crossq": CrossQSettings,
    "dqn": DQNSettings,
    "distillation": DistillationSettings,
    "bc": BehavioralCloningSettings,
    "td3_bc": TD3BCSettings,
    "dagger": DaggerSettings,
    "dreamer": DreamerSettings,
}
"""Settings by the algorithm's name; `rl_training.algorithms.register` adds to them."""

DEFAULT = "ppo"
