"""Train over the engine's HTTP API alone: health, load scene, metrics, train (docs/http_api.md).

Without --api_url an engine is started for it. The flags of `train` hold, but for those of engines
that somebody else started.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rl_training.commands.game_flags import scenario_in
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.commands.train_flags import VERBOSE, add_training_flags, take_training_flags

if TYPE_CHECKING:
    from rl_training.config import TrainConfig
    from rl_training.envs.http_api import EngineApi

_OWN = ("api_url", "api_token", "api_port", "reload_every")


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, look at the engine, load the scene, train, and say what was written."""
    given = list(sys.argv[1:] if argv is None else argv)
    configure_logging(VERBOSE in given)
    default = scenario_in(given)
    parser = Parser(__doc__ or "")
    paths = add_training_flags(parser, default)
    parser.add_argument(VERBOSE, action="store_true", help="log more: engines, every rollout")
    _add_api_flags(parser)
    values = vars(parser.parse_args(given))
    own = {name: values.pop(name, None) for name in _OWN}
    del values["verbose"]
    shows = values.pop("show_config")
    resolved = take_training_flags(values, paths, default)
    if shows:
        from rl_training.config.description import describe

        print(describe(resolved))
        return 0
    with _engine(resolved.config, own) as api:
        return _train(resolved.config, api, own["reload_every"])


def _add_api_flags(parser: Parser) -> None:
    group = parser.add_argument_group("engine's HTTP API")
    # As the training's own flags: what is not given is absent.
    absent: Any = {"default": argparse.SUPPRESS}
    group.add_argument("--api_url", metavar="URL", help="a running engine's", **absent)
    group.add_argument(
        "--api_token",
        metavar="TOKEN",
        help="its token; SPACETIME_RL_HTTP_TOKEN if absent",
        **absent,
    )
    group.add_argument(
        "--api_port", type=int, metavar="N", help="of the engine that is started; free if absent",
        **absent,
    )  # fmt: skip
    group.add_argument(
        "--reload_every", type=int, metavar="N", help="timesteps between scene reloads", **absent
    )


@contextlib.contextmanager
def _engine(config: TrainConfig, own: dict[str, Any]) -> Iterator[EngineApi]:
    """Give a client of the engine that runs, or of one that is started for the block."""
    from rl_training.envs.http_api import EngineApi, launch_engine
    from rl_training.scenarios import get_scenario
    from rl_training.training.environment import env_settings

    scenario = get_scenario(config.scenario)
    if own["api_url"] is None:
        settings = replace(env_settings(config, scenario), twin=None)
        with launch_engine(
            settings, http_port=own["api_port"] or 0, token=own["api_token"]
        ) as engine:
            yield engine.api
        return
    with EngineApi(own["api_url"], own["api_token"], config.environment.timeout_s) as api:
        api.wait_healthy()
        scene = config.environment.scene_path or scenario.scene_path
        if scene is not None:
            api.load_scene(scene)
        yield api


def _train(config: TrainConfig, api: EngineApi, reload_every: int | None) -> int:
    from stable_baselines3.common.callbacks import BaseCallback

    from rl_training.envs.factory import make_vec_env
    from rl_training.envs.http_api import HttpVecEnv
    from rl_training.training.pipeline import train
    from rl_training.training.scene_reload import ApiMetricsCallback, SceneReloadCallback

    health, status, metrics = api.health(), api.status(), api.metrics()
    print(f"engine:  {health['status']}, {status['engine']}, {api.url}")
    print(f"scene:   {status['scene_path']}, {status['agents']} agents")
    print(
        f"metrics: physics {metrics['physics_frame_time_ms']:.2f} ms a tick, "
        f"{metrics['memory_mb']:.0f} MB, {metrics['object_count']:.0f} objects",
        flush=True,
    )
    callbacks: list[BaseCallback] = [ApiMetricsCallback(api)]
    if reload_every:
        callbacks.append(SceneReloadCallback(api, reload_every))
    first = [True]

    def make_env(settings: Any, kind: Any) -> Any:
        # The run's own environment comes first; its evaluations have engines of their own.
        if first.pop() if first else False:
            return HttpVecEnv([api], seed=config.seed)
        return make_vec_env(settings, kind)

    result = train(config, make_env, callbacks)
    print(result.summary())
    return 0
