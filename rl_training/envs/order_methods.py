"""What an environment over engines can order them: parameters, policies, who plays.

A part of `EngineVecEnv`; the checks and the bookkeeping are `order_desk`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from stable_baselines3.common.vec_env.base_vec_env import VecEnv

from rl_training.envs.groups import Control, LoadedPolicy, ParameterSetting
from rl_training.envs.order_desk import OrderDesk, parameters_of_options
from rl_training.errors import UsageError


class OrderMethods(VecEnv):
    """The methods of `GroupEnv` that give orders, and SB3's `set_options` by them."""

    _desk: OrderDesk

    @property
    def groups_played_elsewhere(self) -> frozenset[str]:
        """Groups that need no actions: a loaded policy or the game plays all their agents."""
        return self._desk.played_elsewhere

    def set_parameters(
        self, values: Mapping[str, ParameterSetting], arenas: Sequence[int] | None = None
    ) -> None:
        """Set environment parameters from the arenas' next episodes on.

        Args:
            values: name to a finite number, to a sampler (an object of `config.samplers`, its
                fields as a mapping, or its text form "uniform(0, 1)") from which the engine draws
                anew for each episode, or to None: back to the scene's default.
            arenas: numbered over all engines; None: all.

        Raises:
            UsageError: a value is neither, there is no such arena, a step is under way, or the
                game's addon takes no parameters.
        """
        self._desk.set_parameters(values, arenas)

    def set_levels(self, levels: Mapping[int, Sequence[int]]) -> None:
        """Choose the next episodes of arenas; each level is used once, then numbered ones follow.

        A level is an episode's seed: the course and all else that is drawn. An engine that is
        started again after a failure forgets the levels that were left; episodes that were played
        as one say so in their infos (`level`).

        Args:
            levels: arena, numbered over all engines, to its next levels, each in [0, 2**31); they
                replace what was left of its list before. Empty: numbered episodes again. Arenas
                that are not named keep theirs.

        Raises:
            UsageError: there is no such arena, a level is out of range, a step is under way, or
                the game's addon takes no levels.
        """
        self._desk.set_levels(levels)

    def known_parameters(self) -> dict[str, float]:
        """Return the parameters that the scene has asked for until now, with their defaults."""
        return self._desk.known_parameters()

    def load_policy(
        self,
        group: str,
        onnx: bytes,
        arenas: Sequence[int] | None = None,
        *,
        name: str = "",
        actions: str = "auto",
    ) -> LoadedPolicy:
        """Let an ONNX policy play agents of a group inside the engines, from their next episodes.

        A group that policies play in all arenas needs no actions; agents whose episode is not
        over yet then act with zeros, so load it before a reset.

        Args:
            group: name of the group.
            onnx: the file's bytes.
            arenas: numbered over all engines; None: all.
            name: told in infos; empty: the first 12 digits of the file's SHA-256.
            actions: "sampled", "deterministic", or "auto": sampled where the file tells a
                distribution.

        Raises:
            UsageError: the file does not fit the group, there is no such group or arena, a step is
                under way, or the game's addon takes no policies.
        """
        return self._desk.load_policy(group, onnx, arenas, name, actions)

    def set_control(
        self, group: str, control: Control, arenas: Sequence[int] | None = None
    ) -> None:
        """Let the trainer or the game's own control play agents, from their next episodes on.

        Args:
            group: name of the group.
            control: "trainer" or "game".
            arenas: numbered over all engines; None: all.

        Raises:
            UsageError: as in `load_policy`.
        """
        self._desk.set_control(group, control, arenas)

    def set_options(self, options: Sequence[dict[str, Any]] | dict[str, Any] | None = None) -> None:
        """Set environment parameters at the next reset; they hold until others are set.

        Args:
            options: `{name: value}` or `{"parameters": {name: value}}` for all agents, or a list
                with one for each; agents of an arena must agree. Values as in `set_parameters`.

        Raises:
            UsageError: something else, or another number of them.
        """
        listed = options if options is None or isinstance(options, Mapping) else list(options)
        if isinstance(listed, list) and len(listed) != self.num_envs:
            raise UsageError(f"{len(listed)} options were given for {self.num_envs} agents")
        for each in listed if isinstance(listed, list) else [listed or {}]:
            parameters_of_options(each)
        super().set_options(listed)
