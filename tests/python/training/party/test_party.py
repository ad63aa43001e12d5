"""Several policies in one run, on a world without an engine."""

from __future__ import annotations

import json
import logging
import os
import signal
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from rl_training.checkpoints.checkpoint import load_checkpoint, read_meta
from rl_training.checkpoints.policy_set import is_policy_set, read_policy_set
from rl_training.config import TrainConfig
from rl_training.envs.settings import EnvSettings
from rl_training.errors import (
    ActionSpaceError,
    ConfigError,
    EngineDiedError,
    ModelError,
)
from rl_training.runs.artefacts import read_artefacts
from rl_training.runs.control import send
from rl_training.runs.metrics import read_metrics
from rl_training.runs.paths import RunPaths
from rl_training.runs.status import read_status
from rl_training.training.pipeline import train
from rl_training.training.result import TrainResult
from tests.python.learners import config_of
from tests.python.tiny_env import tiny_vec_env
from tests.python.training.party.group_world import GroupWorld


def _config(root: Path, **changes: Any) -> TrainConfig:
    base = config_of(
        experiment_name="tag",
        training={"timesteps": 1024, "save_frequency": 512, "hints": False},
        run_root=str(root),
        environment={"num_envs": 1},
        algorithm={"n_steps": 32, "batch_size": 64, "n_epochs": 2},
        network={"net_arch": [8]},
    )
    return base.replace(changes)


def _train(config: TrainConfig, **world: Any) -> tuple[TrainResult, list[GroupWorld]]:
    made: list[GroupWorld] = []

    def make(_settings: EnvSettings, _kind: str) -> GroupWorld:
        made.append(GroupWorld(**world))
        return made[-1]

    return train(config, make), made


def _weights(path: Path, name: str, folder: Path) -> torch.Tensor:
    member = read_policy_set(path).extract(name, folder)
    assert member is not None
    model = load_checkpoint(member).model
    return torch.cat([part.flatten() for part in model.policy.parameters()])


def test_each_group_learns_by_itself_and_the_log_says_so(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        result, worlds = _train(_config(tmp_path))
    assert "the scene has 2 policies, each learns by itself with the run's settings" in caplog.text
    assert "chaser: PPO: rollouts of 32 x 4 decisions" in caplog.text
    paths = RunPaths("tag", tmp_path)
    assert result.timesteps == 1024
    assert {name: one.timesteps for name, one in result.policies.items()} == {
        "chaser": 512,
        "runner": 512,
    }
    assert worlds[0].steps == 128
    assert worlds[0].told.count("reset") == 1
    assert worlds[0].closed == 1
    # One file for both, by the name that a run's checkpoints have.
    assert [path.name for path in paths.checkpoints()] == ["tag_step_512.zip", "tag_step_1024.zip"]
    found = read_policy_set(paths.final_model)
    assert (found.names, found.learning, found.timesteps) == (
        ("chaser", "runner"),
        ("chaser", "runner"),
        1024,
    )
    for name in found.names:
        member = found.extract(name, tmp_path)
        assert member is not None
        assert read_meta(member).timesteps == 512
        assert read_meta(member).config["training"]["timesteps"] == 512
    # Models that ship, each verified.
    assert result.onnx is None
    for name, one in result.policies.items():
        assert one.onnx == tmp_path / "models" / f"tag_{name}_final.onnx"
        assert one.onnx.is_file()
        assert one.onnx_difference is not None
        assert one.onnx_difference <= 1e-5
    assert "runner: 512 steps" in result.summary()
    assert json.loads(json.dumps(result.to_dict()))["policies"]["runner"]["timesteps"] == 512
    kinds = [(each.kind, Path(each.path).name) for each in read_artefacts(paths)]
    assert ("onnx", "tag_chaser_final.onnx") in kinds
    assert json.loads(paths.config.read_text())["training"]["timesteps"] == 1024
    # Nothing of the making is left.
    assert not list((tmp_path / "models").glob(".*"))
    assert not (tmp_path / "models" / "tag_policies").exists()


def test_metrics_and_status_tell_the_policies_apart(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    _train(_config(tmp_path, training={"hints": True}, parameters={"wind": 0.1}))
    paths = RunPaths("tag", tmp_path)
    rows = read_metrics(paths.metrics)
    wanted = {
        f"policy/{name}/{tag}"
        for name in ("chaser", "runner")
        for tag in ("rollout/ep_rew_mean", "rollout/success_rate", "train/loss", "reward/closing")
    }
    last = rows[-1]
    assert wanted | {"rollout/ep_rew_mean", "time/fps", "parameters/wind"} <= last.keys()
    assert [row["timesteps"] for row in rows] == [256, 512, 768, 1024]
    # A zero-sum game: the total says nothing, each side does.
    sides = [last[f"policy/{name}/rollout/ep_rew_mean"] for name in ("chaser", "runner")]
    assert last["rollout/ep_rew_mean"] == pytest.approx(0.0, abs=1e-6)
    assert sides[0] == pytest.approx(-sides[1], abs=1e-5)
    assert abs(sides[0]) > 1e-3
    assert last["parameters/wind"] == pytest.approx(0.1)
    events = EventAccumulator(str(paths.logs))
    events.Reload()
    assert wanted <= set(events.Tags()["scalars"])
    status = read_status(paths.status)
    assert status is not None
    assert status.stage == "done"
    assert status.policies["chaser"]["mean_reward"] == pytest.approx(sides[0])
    assert status.policies["runner"]["timesteps"] == 512
    told = capfd.readouterr().err
    assert "100 %" in told
    assert f"chaser {sides[0]:.2f} (" in told
    assert f"runner {sides[1]:.2f} (" in told
    assert (paths.logs / "observations_chaser.json").is_file()


def test_the_same_seed_is_the_same_run_to_the_bit(tmp_path: Path) -> None:
    mixed = {"runner": {"algorithm": {"name": "a2c", "n_steps": 5}}}
    weights = []
    for part in ("one", "two"):
        config = _config(tmp_path / part, policies=mixed)
        _train(config)
        final = RunPaths("tag", tmp_path / part).final_model
        weights.append([_weights(final, name, tmp_path) for name in ("chaser", "runner")])
    for one, two in zip(*weights, strict=True):
        assert torch.equal(one, two)
    other = _config(tmp_path / "three", policies=mixed, seed=1)
    _train(other)
    final = RunPaths("tag", tmp_path / "three").final_model
    assert not torch.equal(weights[0][0], _weights(final, "chaser", tmp_path))


@pytest.mark.parametrize("group", ["chaser", "chaserx"])
def test_policies_begin_unlike(tmp_path: Path, group: str) -> None:
    """Two groups alike do not begin with the same weights, nor draw the same actions."""
    names = ["chaser", group] if group != "chaser" else ["chaserx", "chaser"]
    _train(_config(tmp_path, training={"timesteps": 64}), names=names)
    final = RunPaths("tag", tmp_path).final_model
    one, two = (_weights(final, name, tmp_path) for name in names)
    assert not torch.equal(one, two)


def test_unlike_rollouts_and_kinds_of_learners_go_together(tmp_path: Path) -> None:
    """PPO's rollout of 32 beside SAC's of one decision, and 24 beside both."""
    policies = {
        "chaser": {
            "algorithm": {"name": "sac", "learning_starts": 16, "batch_size": 16},
            "network": {"net_arch": [8]},
        },
        "runner": {"algorithm": {"n_steps": 24}},
        "runnerx": {"algorithm": {"name": "a2c", "n_steps": 7}},
    }
    result, worlds = _train(
        _config(tmp_path, policies=policies, training={"timesteps": 1200}),
        names=("chaser", "runner", "runnerx"),
    )
    # 100 decisions of 4 agents each; whole rollouts of 24 and 7 go beyond, and the others play on.
    assert {name: one.timesteps for name, one in result.policies.items()} == {
        "chaser": 400,
        "runner": 480,
        "runnerx": 420,
    }
    assert worlds[0].steps == 120
    found = read_policy_set(RunPaths("tag", tmp_path).final_model)
    kinds = {}
    for name in found.names:
        member = found.extract(name, tmp_path)
        assert member is not None
        kinds[name] = read_meta(member).algorithm
    assert kinds == {"chaser": "SAC", "runner": "PPO", "runnerx": "A2C"}
    assert (tmp_path / "models" / "tag_policies" / "chaser_replay_buffer.npz").is_file()
    status = read_status(RunPaths("tag", tmp_path).status)
    assert status is not None
    assert status.algorithm == "sac, ppo, a2c"


def test_resume_goes_on_with_all_of_it(tmp_path: Path) -> None:
    policies = {
        "chaser": {
            "algorithm": {"name": "sac", "learning_starts": 16, "batch_size": 16},
            "network": {"net_arch": [8]},
        }
    }
    _train(_config(tmp_path, policies=policies))
    paths = RunPaths("tag", tmp_path)
    before = {name: _weights(paths.final_model, name, tmp_path) for name in ("chaser", "runner")}
    member = read_policy_set(paths.final_model).extract("runner", tmp_path)
    assert member is not None
    seen = load_checkpoint(member).normaliser
    assert seen is not None
    # Nothing is left to do: what is written again is what was there.
    done = _config(tmp_path, policies=policies, training={"resume": True})
    result, worlds = _train(done)
    assert result.timesteps == 1024
    for name, weights in before.items():
        assert torch.equal(weights, _weights(paths.final_model, name, tmp_path))
    assert ("seed", 0) in worlds[0].told
    assert worlds[0].told[-1][0] == "seed"
    assert worlds[0].told[-1] != ("seed", 0)
    more = _config(tmp_path, policies=policies, training={"resume": True, "timesteps": 2048})
    result, _ = _train(more)
    assert result.timesteps == 2048
    assert [path.name for path in paths.checkpoints()][-1] == "tag_step_2048.zip"
    member = read_policy_set(paths.final_model).extract("runner", tmp_path)
    assert member is not None
    after = load_checkpoint(member).normaliser
    assert after is not None
    assert after.obs["obs"].count - seen.obs["obs"].count == pytest.approx(512, abs=8)
    assert [row["timesteps"] for row in read_metrics(paths.metrics)][-1] == 2048
    assert not list((tmp_path / "models" / "tag_policies").glob("*.zip"))


def test_one_that_is_done_plays_on_while_the_others_go_on(tmp_path: Path) -> None:
    policies = {"runner": {"algorithm": {"n_steps": 96}}}
    result, _ = _train(_config(tmp_path, policies=policies, training={"timesteps": 520}))
    assert {name: one.timesteps for name, one in result.policies.items()} == {
        "chaser": 384,
        "runner": 384,
    }
    # 98 decisions each: the chaser collects another 32, the runner another 96.
    more = _config(tmp_path, policies=policies, training={"resume": True, "timesteps": 784})
    result, worlds = _train(more)
    assert {name: one.timesteps for name, one in result.policies.items()} == {
        "chaser": 512,
        "runner": 768,
    }
    assert worlds[0].steps == 96
    final = RunPaths("tag", tmp_path).final_model
    before = _weights(final, "runner", tmp_path)
    # Now the runner has nothing left to learn at all, and its weights stay.
    more = _config(tmp_path, policies=policies, training={"resume": True, "timesteps": 1400})
    result, _ = _train(more)
    assert result.policies["runner"].timesteps == 768
    assert result.policies["chaser"].timesteps > 640
    assert torch.equal(before, _weights(final, "runner", tmp_path))


def test_a_policy_goes_on_alone_while_the_other_stays_as_it_is(tmp_path: Path) -> None:
    _train(_config(tmp_path))
    paths = RunPaths("tag", tmp_path)
    frozen = {"runner": {"state": "frozen", "model": str(paths.step_model(512))}}
    go_on = {"resume": True, "timesteps": 1024}
    result, worlds = _train(_config(tmp_path, policies=frozen, training=go_on))
    assert result.timesteps == 1024
    assert worlds[0].steps == 128  # 512 of its own were done
    assert load_checkpoint(paths.final_model).meta.timesteps == 1024
    frozen["runner"]["model"] = str(paths.final_model)
    with pytest.raises(ModelError, match="which it learns from"):
        _train(_config(tmp_path, policies=frozen, training=go_on))


def test_a_run_of_one_policy_does_not_go_on_as_two(tmp_path: Path) -> None:
    config = _config(tmp_path)
    train(config, lambda *_: tiny_vec_env())
    with pytest.raises(ModelError, match="was trained with one policy, the settings ask for 2"):
        _train(_config(tmp_path, training={"resume": True}))


def test_a_second_run_of_the_name_sets_all_files_aside(tmp_path: Path) -> None:
    _train(_config(tmp_path))
    other = tmp_path / "models" / "tag_other_final.onnx"
    other.write_text("of a run named tag_other")
    _train(_config(tmp_path, training={"timesteps": 512, "export_onnx": False}))
    left = {path.name for path in (tmp_path / "models").glob("*.*")}
    assert left == {"tag_step_512.zip", "tag_final.zip", "tag_other_final.onnx"}
    archived = {path.name for path in (tmp_path / "models" / "archive").rglob("*.onnx")}
    assert archived == {"tag_chaser_final.onnx", "tag_runner_final.onnx"}


def test_a_group_may_share_the_policy_of_another(tmp_path: Path) -> None:
    result, worlds = _train(
        _config(tmp_path, policies={"runnerx": {"shares": "runner"}}),
        names=("chaser", "runner", "runnerx"),
    )
    assert list(result.policies) == ["chaser", "runner"]
    assert result.policies["runner"].timesteps == 2 * result.policies["chaser"].timesteps
    assert set(worlds[0].acted) == {"chaser", "runner", "runnerx"}
    found = read_policy_set(RunPaths("tag", tmp_path).final_model)
    assert found.member("runnerx").shares == "runner"
    assert found.owner("runnerx").file == "runner.zip"


def test_unlike_groups_share_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="runner cannot share the policy of chaser"):
        _train(_config(tmp_path, policies={"runner": {"shares": "chaser"}}))


def test_all_groups_with_one_policy_are_a_run_of_one(tmp_path: Path) -> None:
    result, _ = _train(
        _config(tmp_path, policies={"runnerx": {"shares": "runner"}}), names=("runner", "runnerx")
    )
    final = RunPaths("tag", tmp_path).final_model
    assert not is_policy_set(final)
    assert load_checkpoint(final).meta.timesteps == result.timesteps == 1024
    assert result.policies == {}
    assert result.onnx is not None


def test_a_frozen_opponent_plays_in_the_engine(tmp_path: Path) -> None:
    """A set's member, a checkpoint and an ONNX file all become a policy by wire."""
    _train(_config(tmp_path / "before"))
    before = RunPaths("tag", tmp_path / "before")
    member = read_policy_set(before.final_model).extract("runner", tmp_path)
    onnx = before.policy_onnx("runner")
    for i, model in enumerate((before.final_model, member, onnx)):
        policies = {"runner": {"state": "frozen", "model": str(model), "actions": "sampled"}}
        root = tmp_path / str(i)
        result, worlds = _train(
            _config(root, policies=policies, evaluation={"every": 512, "episodes": 8})
        )
        assert model is not None
        for world in worlds:
            (load,) = [row for row in world.told if row[0] == "load"]
            assert (load[1], load[3], load[4]) == ("runner", model.stem, "sampled")
            assert load[2] == len(onnx.read_bytes()) or i < 2
            assert world.acted == ("chaser",)
            assert world.told.index(load) < world.told.index("reset")
        # One policy learns, so its files are those of a run of one.
        assert result.timesteps == 1024
        assert not is_policy_set(RunPaths("tag", root).final_model)
        last = read_metrics(RunPaths("tag", root).metrics)[-1]
        rows = {tag for row in read_metrics(RunPaths("tag", root).metrics) for tag in row}
        assert {f"opponents/{model.stem}/win_rate", "eval/success_rate"} <= rows
        assert last is not None
        again, _ = _train(
            _config(root, policies=policies, training={"resume": True, "timesteps": 1280})
        )
        assert again.timesteps == 1280


def test_a_frozen_policy_is_in_the_set_of_those_that_learn(tmp_path: Path) -> None:
    _train(_config(tmp_path / "before"))
    onnx = RunPaths("tag", tmp_path / "before").policy_onnx("runner")
    policies = {
        "runner": {"state": "frozen", "model": str(onnx)},
        "runnerx": {"state": "scripted"},
    }
    names = ("chaser", "chaserx", "runner", "runnerx")
    result, worlds = _train(_config(tmp_path, policies=policies), names=names)
    assert list(result.policies) == ["chaser", "chaserx"]
    assert ("control", "runnerx", "game") in worlds[0].told
    assert set(worlds[0].acted) == {"chaser", "chaserx"}
    found = read_policy_set(RunPaths("tag", tmp_path).final_model)
    assert [(each.state, each.file) for each in found.members.values()] == [
        ("learning", "chaser.zip"),
        ("learning", "chaserx.zip"),
        ("frozen", "runner.onnx"),
        ("scripted", ""),
    ]
    member = found.extract("runner", tmp_path)
    assert member is not None
    assert member.read_bytes() == onnx.read_bytes()
    # The file that it came from may go: the set has it.
    onnx.unlink()
    with pytest.raises(ModelError, match="no model at"):
        _train(_config(tmp_path, policies=policies, training={"resume": True}), names=names)


@pytest.mark.parametrize(
    ("policies", "told"),
    [
        ({"runer": {}}, r"policies names 'runer', and the scene has no such group\. Did you mean"),
        ({"runner": {"shares": "chasr"}}, r"policies\.runner\.shares names 'chasr'"),
        (
            {"runner": {"state": "scripted"}, "chaser": {"state": "scripted"}},
            r"no policy learns: chaser is scripted, runner is scripted",
        ),
        ({"runner": {"state": "frozen", "model": "/no/such.zip"}}, r"no model at /no/such\.zip"),
    ],
)
def test_settings_that_do_not_fit_the_scene_are_told(
    tmp_path: Path, policies: dict[str, Any], told: str
) -> None:
    with pytest.raises((ConfigError, ModelError), match=told):
        _train(_config(tmp_path, policies=policies))


def test_policies_of_a_world_without_groups_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="this environment tells no groups"):
        train(_config(tmp_path, policies={"a": {}}), lambda *_: tiny_vec_env())
    with pytest.raises(ConfigError, match="this environment takes none"):
        train(_config(tmp_path, parameters={"a": 1.0}), lambda *_: tiny_vec_env())


def test_an_algorithm_that_cannot_learn_names_the_policy(tmp_path: Path) -> None:
    policies = {"runner": {"algorithm": {"name": "sac"}}}
    with pytest.raises(ActionSpaceError, match=r"policies\.runner: sac learns continuous"):
        _train(_config(tmp_path, policies=policies))


def test_an_error_in_one_learner_ends_all(tmp_path: Path) -> None:
    def hook(step: int) -> None:
        if step == 50:
            raise EngineDiedError("engine 0 is gone")

    before = threading.active_count()
    with pytest.raises(EngineDiedError, match="engine 0 is gone"):
        _train(_config(tmp_path), hook=hook)
    assert threading.active_count() == before
    paths = RunPaths("tag", tmp_path)
    assert [path.name for path in paths.checkpoints()] == ["tag_step_256.zip"]
    status = read_status(paths.status)
    assert status is not None
    assert (status.stage, status.message) == ("failed", "engine 0 is gone")
    result, _ = _train(_config(tmp_path, training={"resume": True}))
    assert result.timesteps >= 1024


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("step", [1, 50, 64, 127])
def test_a_signal_saves_exports_and_ends_well(
    tmp_path: Path, number: signal.Signals, step: int
) -> None:
    def hook(now: int) -> None:
        if now == step:
            os.kill(os.getpid(), number)
            # The main thread gets it, and this one goes on only when it has.
            assert _until(lambda: signal_seen.is_set())

    signal_seen = threading.Event()
    earlier = signal.getsignal(number)
    with pytest.MonkeyPatch.context() as patch:
        from rl_training.training.stop import StopRequest

        real = StopRequest._on_signal

        def noted(self: StopRequest, *given: Any) -> None:
            real(self, *given)
            signal_seen.set()

        patch.setattr(StopRequest, "_on_signal", noted)
        result, worlds = _train(_config(tmp_path), hook=hook)
    assert signal.getsignal(number) == earlier
    assert result.stopped
    assert worlds[0].steps == step
    # Rollouts that were cut off are not counted.
    assert result.timesteps == 8 * ((step - 1) // 32 * 32)
    paths = RunPaths("tag", tmp_path)
    assert read_policy_set(paths.final_model).timesteps == result.timesteps
    assert all(one.onnx is not None and one.onnx.is_file() for one in result.policies.values())
    resumed, _ = _train(_config(tmp_path, training={"resume": True}))
    assert resumed.timesteps >= 1024


def test_the_second_signal_interrupts(tmp_path: Path) -> None:
    def hook(step: int) -> None:
        if step >= 50:
            for _ in range(2):
                os.kill(os.getpid(), signal.SIGINT)
                threading.Event().wait(0.05)

    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt):
        _train(
            _config(tmp_path, training={"timesteps": 10**6}),
            hook=hook,
        )
    assert _until(lambda: threading.active_count() == before)
    status = read_status(RunPaths("tag", tmp_path).status)
    assert status is not None
    assert status.stage == "stopped"


def test_commands_reach_a_run_of_several(tmp_path: Path) -> None:
    paths = RunPaths("tag", tmp_path)

    def hook(step: int) -> None:
        if step == 40:
            send(paths, "set", {"learning_rate": 0.5, "runner.ent_coef": 0.25})
        if step == 70:
            send(paths, "save")
        if step == 100:
            send(paths, "stop")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rl_training.runs.control.LOOK_S", 0.0)
        patch.setattr(
            "rl_training.runs.control.ControlReader.__init__.__defaults__", (0.0,), raising=False
        )
        result, _ = _train(_config(tmp_path, training={"save_frequency": 10**6}), hook=hook)
    status = read_status(paths.status)
    assert status is not None
    told = {each["command"]: each["result"] for each in status.acknowledged}
    assert "chaser learning_rate" in told["set"]
    assert "runner ent_coef: 0.0 -> 0.25" in told["set"]
    assert "chaser ent_coef" not in told["set"]
    assert told["save"].startswith("saved ")
    assert result.stopped
    assert len(paths.checkpoints()) == 1


def test_the_best_is_chosen_by_the_named_policy(tmp_path: Path) -> None:
    evaluation = {"every": 256, "episodes": 8, "policy": "runner"}
    _, worlds = _train(_config(tmp_path, evaluation=evaluation, parameters={"wind": 0.05}))
    paths = RunPaths("tag", tmp_path)
    assert is_policy_set(paths.best_model)
    rows = [row for row in read_metrics(paths.metrics) if "eval/success_rate" in row]
    assert [row["timesteps"] for row in rows] == [256, 512, 768, 1024]
    for row in rows:
        assert row["eval/success_rate"] == row["policy/runner/eval/success_rate"]
        sides = [row[f"policy/{name}/eval/mean_reward"] for name in ("chaser", "runner")]
        assert sides[0] == pytest.approx(-sides[1], abs=1e-5)
    assert len(worlds) == 2
    assert worlds[1].closed == 1
    assert ("parameters", {"wind": 0.05}) in worlds[1].told
    with pytest.raises(ConfigError, match=r"evaluation\.policy is 'runer'.*Did you mean 'runner'"):
        _train(_config(tmp_path / "b", evaluation={**evaluation, "policy": "runer"}))


def test_evaluations_have_the_parameters_of_the_end(tmp_path: Path) -> None:
    """The schedule's and the curriculum's last values, then what `evaluation` says."""
    changes: dict[str, Any] = {
        "evaluation": {"every": 512, "episodes": 4, "parameters": {"gravity": "choice(1, 2)"}},
        "parameters": {
            "wind": "schedule(0, 0.0, 900, 0.05)",
            "gravity": 9.8,
            "fog": "uniform(0, 1)",
        },
        "curriculum": {
            "slope": {
                "lessons": [
                    {"value": 0.1, "also": {"ice": 1}, "go_on": {"threshold": 2}},
                    {"value": "uniform(0, 1)", "also": {"mud": 3}},
                ]
            }
        },
    }
    _, worlds = _train(_config(tmp_path, **changes))
    told = [next(each[1] for each in world.told if each[0] == "parameters") for world in worlds]
    texts = [
        {name: str(value) for name, value in each.items() if value is not None} for each in told
    ]
    fog = {"fog": "uniform(0, 1)"}
    assert texts == [
        {**fog, "wind": "0.0", "gravity": "9.8", "slope": "0.1", "ice": "1.0"},
        {**fog, "wind": "0.05", "gravity": "choice(1, 2)", "slope": "uniform(0, 1)", "mud": "3.0"},
    ]


def test_evaluating_changes_nothing_of_the_training(tmp_path: Path) -> None:
    for part, every in (("without", 0), ("with", 256)):
        _train(_config(tmp_path / part, evaluation={"every": every, "episodes": 4}))
    for name in ("chaser", "runner"):
        weights = [
            _weights(RunPaths("tag", tmp_path / part).final_model, name, tmp_path)
            for part in ("without", "with")
        ]
        assert torch.equal(*weights)


def test_each_policy_learns_what_it_learns_alone_against_a_fixed_one(tmp_path: Path) -> None:
    """The chaser's own view is complete: its statistics are those of its rows."""
    _train(_config(tmp_path))
    member = read_policy_set(RunPaths("tag", tmp_path).final_model).extract("chaser", tmp_path)
    assert member is not None
    found = load_checkpoint(member)
    assert found.normaliser is not None
    assert found.normaliser.obs["obs"].mean.shape == (3,)
    assert found.recorded is not None
    assert isinstance(found.recorded, dict)
    assert found.recorded["obs"].shape[1] == 3
    assert np.isfinite(found.recorded["obs"]).all()


def _until(happened: Any, timeout_s: float = 10.0) -> bool:
    waited = threading.Event()
    for _ in range(int(timeout_s / 0.01)):
        if happened():
            return True
        waited.wait(0.01)
    return False
