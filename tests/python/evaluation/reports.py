"""Reports without an engine, for tests of what reads them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rl_training.config.samplers import Sampler
from rl_training.engine.log_messages import EngineMessages, Message, Tally
from rl_training.evaluation.report import EvaluationReport, Mode
from rl_training.evaluation.report_builder import Evaluation, build_report
from rl_training.play.episodes import Agent, make_episode
from rl_training.play.players import Given, Players
from rl_training.scenarios import get_scenario


def report_of(
    infos: Sequence[Mapping[str, object]],
    *,
    scenario: str = "vr_locomotion",
    seed: int = 9,
    mode: Mode = "in_engine",
    reward: Callable[[int], float] = float,
    length: Callable[[int], int] = lambda index: 10 + index,
    truncated: Callable[[int], bool] = lambda index: index == 0,
    agent: Callable[[int], Agent | None] = lambda _: None,
    messages: EngineMessages | None = None,
    models: Given = "m.onnx",
    parameters: Mapping[str, float | Sampler] | None = None,
) -> EvaluationReport:
    """Return the report of one episode for each info."""
    episodes = [
        make_episode(
            index,
            seed,
            reward(index),
            length(index),
            truncated=truncated(index),
            info=info,
            agent=agent(index),
        )
        for index, info in enumerate(infos)
    ]
    return build_report(
        Evaluation(
            get_scenario(scenario),
            Players.of(models),
            mode,
            seed,
            tuple(episodes),
            1.5,
            "4.6",
            messages=messages,
            parameters=parameters or {},
            one_model=Players.of(models).single is not None,
        )
    )


def duel(index: int) -> Agent:
    """Two agents, one of each policy, in turn."""
    name = ("pursuer", "evader")[index % 2]
    return Agent(index % 2, f"{name.title()}/AIController3D", name)


def messages(
    script_errors: Sequence[str] = (), errors: Sequence[str] = (), warnings: Sequence[str] = ()
) -> EngineMessages:
    """Return what an engine told, each message three times."""
    kinds = (script_errors, errors, warnings)
    return EngineMessages(
        *(Tally(3 * len(texts), tuple(Message(text, 3) for text in texts)) for texts in kinds)
    )
