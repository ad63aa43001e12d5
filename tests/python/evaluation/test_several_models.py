"""Several models, parameters and opponents in requests, reports, tables and matches; no engine."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import PPO

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.checkpoints.policy_set import SetMember, write_policy_set
from rl_training.commands import compare, play
from rl_training.commands import evaluate as evaluate_command
from rl_training.commands.evaluation_flags import parameter_words
from rl_training.config.assignments import read_parameters
from rl_training.config.samplers import Choice, Uniform
from rl_training.errors import ConfigError, HarnessError, ModelError, ProtocolError, UsageError
from rl_training.evaluation.evaluate import evaluate
from rl_training.evaluation.head_to_head import HeadToHead, head_to_head
from rl_training.evaluation.player_files import unpacked
from rl_training.evaluation.report import EvaluationReport
from rl_training.evaluation.request import EvaluationRequest
from rl_training.gate.baseline import write_baseline
from rl_training.gate.regression import check_regression
from rl_training.invocation import command
from rl_training.play.episodes import Agent, make_episode, with_recordings
from rl_training.play.players import Players
from rl_training.reporting import matches_table
from rl_training.reporting.document import save_html, save_markdown
from rl_training.reporting.play_again import find_recordings, replay_command
from rl_training.reporting.policy_tables import opponent_table
from rl_training.reporting.report_junit import as_junit
from rl_training.reporting.report_page import page
from rl_training.reporting.report_text import summary
from rl_training.runs.seeds import episode_seed
from tests.python.evaluation.reports import duel, report_of
from tests.python.play.fake_groups import FakeGroups, view

WIND, CALM = Uniform(low=0.0, high=1.0), Uniform(low=0.0, high=0.1)
SIDES = {"pursuer": "runs/p.onnx", "evader": "game"}


def _report(models: Any = None, **changes: Any) -> EvaluationReport:
    infos: list[Mapping[str, object]] = [{"is_success": i % 4 < 2} for i in range(20)]
    options: dict[str, Any] = {"scenario": "custom", "agent": duel, **changes}
    options.setdefault("reward", lambda i: float(i // 2) * (-1) ** i)
    return report_of(options.pop("infos", infos), models=models or SIDES, **options)


@pytest.fixture(name="files")
def _files(tmp_path: Path) -> dict[str, Path]:
    found = {}
    for name in ("chaser", "runner"):
        found[name] = tmp_path / f"{name}.zip"
        model = PPO("MultiInputPolicy", view(name), device="cpu", n_steps=4, batch_size=4)
        save_checkpoint(found[name], model, None, CheckpointMeta(timesteps=7))
    return found


def test_an_evaluation_of_groups(files: dict[str, Path]) -> None:
    env = FakeGroups()
    request = EvaluationRequest(files, episodes=12, num_envs=1, parameters={"speed": 2.0})
    report = evaluate(request, make_env=lambda settings, kind: env)  # type: ignore[arg-type,return-value]
    assert env.told == [("parameters", {"speed": 2.0}), ("seed", 1_000_000), ("reset",), ("close",)]
    assert report.models == {name: str(file) for name, file in files.items()}
    assert report.parameters == {"speed": 2.0}
    assert report.run is None
    assert {name: run.timesteps for name, run in report.runs.items()} == {"chaser": 7, "runner": 7}
    assert {name: each.num_episodes for name, each in report.policies.items()} == {
        "chaser": 4,
        "runner": 8,
    }
    assert EvaluationReport.from_dict(report.to_dict()) == report


def test_a_set_is_unpacked_by_groups(files: dict[str, Path], tmp_path: Path) -> None:
    both = tmp_path / "set.zip"
    members = [SetMember("chaser"), SetMember("runner"), SetMember("ball", "scripted")]
    write_policy_set(both, members, files, 14)
    with unpacked(Players.of(both)) as players:
        assert list(players.groups) == ["chaser", "runner", "ball"]
        assert players.groups["ball"] is None
        taken = players.groups["runner"]
        assert taken is not None
        assert taken.read_bytes() == files["runner"].read_bytes()
        assert players.others is None
    assert not taken.exists()
    with unpacked(Players.of({"runner": both, "chaser": files["chaser"]})) as players:
        assert players.groups["chaser"] == files["chaser"]
    with pytest.raises(ModelError, match=r"no policy 'runer'.*Did you mean 'runner'"):
        unpacked(Players.of({"runer": both})).__enter__()
    with pytest.raises(ModelError, match=r"no model at .*none\.zip"):
        unpacked(Players.of({"a": tmp_path / "none.zip"})).__enter__()


def test_parameters_are_numbers_or_samplers() -> None:
    words = ["gravity=9.8", "wind=uniform(0, 1)", "mass={sampler: choice, values: [1, 2]}", "fog="]
    assert read_parameters([*words[:3], "fog=null"]) == {
        "gravity": 9.8,
        "wind": WIND,
        "mass": Choice(values=(1.0, 2.0)),
        "fog": None,
    }
    for word in ("gravity", "=3"):
        with pytest.raises(ConfigError, match="takes NAME=VALUE, for example"):
            read_parameters([word])
    for word in ("gravity=low", "fog=", "speed=schedule(0, 1, 10, 2)"):
        with pytest.raises(ConfigError, match=r"--parameter \w+ must be a number or a sampler"):
            read_parameters([word])
    with pytest.raises(ConfigError, match="the parameter wind must be a finite number"):
        EvaluationRequest("m.zip", parameters={"wind": float("inf")})  # type: ignore[arg-type]
    given: dict[str, Any] = {"wind": "uniform(0, 1)", "gravity": 9, "fog": None}
    assert EvaluationRequest("m.zip", parameters=given).parameters == {  # type: ignore[arg-type]
        "wind": WIND,
        "gravity": 9.0,
    }


def test_flags_name_groups_people_and_parameters(tmp_path: Path) -> None:
    request, _ = evaluate_command.parse(
        [
            *("--model", "a=x.zip", "--model", "b=game", "--parameter", "g=1"),
            *("--parameter", "wind=uniform(0,1)", "--parameter", "h=3", "--parameter", "h=null"),
        ]
    )
    assert request.players == Players.of({"a": "x.zip", "b": "game"})
    assert request.parameters == {"g": 1.0, "wind": WIND}
    assert command("play", *parameter_words(request.parameters)).endswith(
        "play --parameter g=1.0 --parameter 'wind=uniform(0, 1)'"
    )
    found = play.parse(["--model", "a=x.onnx", "--human", "b"], None, True)
    assert found.players == Players.of({"a": "x.onnx", "b": "game"})
    assert (found.viz, found.in_engine) == (True, False)
    assert play.parse(["--model", "a=x.onnx", "--model", "b=y.onnx"], None, True).in_engine
    assert not play.parse(["--model", "a=x.onnx", "--model", "b=y.zip"], None, True).in_engine
    with pytest.raises(UsageError, match="--human needs the window"):
        play.parse(["--model", "a=x.onnx", "--human", "b", "--headless"], None, True)


def test_the_report_shows_both_sides_everywhere(tmp_path: Path) -> None:
    report = _report(parameters={"speed": 2.5, "wind": WIND})
    assert report.model == "pursuer=runs/p.onnx, evader=game"
    text = summary(report)
    assert "parameters     speed=2.5, wind=uniform(0, 1)" in text
    assert "pursuer  runs/p.onnx  10" in text
    assert "evader   game         10" in text
    blocks = page(report)
    save_markdown(blocks, tmp_path / "page.md")
    save_html(blocks, tmp_path / "page.html")
    for file in ("page.md", "page.html"):
        shown = (tmp_path / file).read_text()
        assert "Environment parameters: speed=2.5, wind=uniform(0, 1)." in shown
        assert "runs/p.onnx" in shown
        assert "evader" in shown
    junit = as_junit(report)
    for name in ("parameter speed", "pursuer/model", "evader/mean_reward", "evader/success_rate"):
        assert f'name="{name}"' in junit
    assert 'name="parameter wind" value="uniform(0, 1)"' in junit
    words = replay_command(report, report.episodes[3], None)
    assert "--model pursuer=runs/p.onnx --model evader=game --parameter speed=2.5" in words
    assert "--parameter 'wind=uniform(0, 1)'" in words  # for a shell
    assert read_parameters([word for word in shlex.split(words) if "wind" in word]) == {
        "wind": WIND
    }


def test_opponents_reach_rows_and_tables() -> None:
    told = {
        "group": "bot",
        "policy": "old.onnx",
        "agent": "Bot/Controller",
        "return": -2.0,
        "decisions": 9,
        "terminated": True,
        "truncated": False,
        "info": {"is_success": False, "metrics": {"hits": 1}},
    }
    # The evader's results stand among the policies already.
    own = {**told, "group": "evader"}
    report = _report(infos=[{"is_success": True, "opponents": [told, own]}] * 4)
    row = report.episodes[0].opponents[0]
    assert (row.group, row.policy, row.agent_path) == ("bot", "old.onnx", "Bot/Controller")
    assert (row.episode_return, row.length, row.success) == (-2.0, 9, False)
    assert row.metrics == {"hits": 1.0}
    table = opponent_table(report)
    assert table is not None
    assert table.rows == (("bot", "old.onnx", "4", "-2.000", "0.0 %"),)
    assert "Agents of the same arenas that others played:" in summary(report)
    assert opponent_table(_report()) is None
    assert EvaluationReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    for bad in ([{"group": "a"}], ["no row"], [{**told, "return": "much"}]):
        with pytest.raises(ProtocolError, match="opponents that cannot be read"):
            make_episode(0, 0, 0.0, 1, truncated=False, info={"opponents": bad})


def test_the_gate_refuses_other_parameters() -> None:
    usual, windy = _report(), _report(parameters={"wind": 3.0})
    drawn, other = _report(parameters={"wind": WIND}), _report(parameters={"wind": CALM})
    with pytest.raises(
        UsageError,
        match="baseline was played with no parameters, the current report with wind=3: give",
    ):
        check_regression(windy, usual)
    check = check_regression(windy, usual, other_parameters=True)
    assert "parameters: baseline no parameters, current wind=3" in check.notes
    assert check_regression(windy, windy).passed
    assert check_regression(drawn, EvaluationReport.from_dict(drawn.to_dict())).passed
    with pytest.raises(
        UsageError,
        match=r"with wind=uniform\(0, 0.1\), the current report with wind=uniform\(0, 1\)",
    ):
        check_regression(drawn, other)


def test_a_report_keeps_samplers_by_their_text() -> None:
    report = _report(parameters={"wind": WIND, "speed": 2.0})
    saved = report.to_dict()
    assert saved["parameters"] == {"wind": "uniform(0, 1)", "speed": 2.0}
    assert EvaluationReport.from_dict(saved) == report
    saved["parameters"] = {"wind": "uniform( 0.0,1 )"}
    assert EvaluationReport.from_dict(saved).parameters == {"wind": "uniform(0, 1)"}
    for wrong in ("strong", "uniform(2, 1)", "storm(1)"):
        saved["parameters"] = {"wind": wrong}
        with pytest.raises(ValueError, match=r"parameters\.wind"):
            EvaluationReport.from_dict(saved)


def test_a_baseline_keeps_a_model_for_each_group(tmp_path: Path) -> None:
    (tmp_path / "p.onnx").write_bytes(b"p")
    path = tmp_path / "kept" / "duel.json"
    write_baseline(_report(), path, "train", {"pursuer": tmp_path / "p.onnx"})
    baseline = EvaluationReport.load(path)
    assert baseline.models == {"pursuer": "duel.pursuer.onnx", "evader": "game"}
    assert baseline.model == "pursuer=duel.pursuer.onnx, evader=game"
    assert baseline.provenance is not None
    assert baseline.provenance.models["pursuer"].file == "duel.pursuer.onnx"
    assert (path.parent / "duel.pursuer.onnx").read_bytes() == b"p"
    with pytest.raises(UsageError, match="no model at"):
        write_baseline(_report(), path, "", {"pursuer": tmp_path / "q.onnx"})
    with pytest.raises(UsageError, match="no group 'walker'"):
        write_baseline(_report(), path, "", {"walker": tmp_path / "p.onnx"})


def test_agents_of_an_arena_share_the_first_ones_recording(tmp_path: Path) -> None:
    episodes = [
        make_episode(i, 5, 0.0, 1, truncated=False, info={}, agent=duel(i)) for i in range(4)
    ]
    for first in (0, 2):
        name = f"episode_{first:06d}_{episode_seed(5, first)}.replay"
        (tmp_path / name).write_bytes(b"")
    told = with_recordings(episodes, tmp_path, 5)
    assert [Path(each.recording).name.split("_")[1] for each in told] == [
        "000000", "000000", "000002", "000002"
    ]  # fmt: skip
    report = report_of([{}] * 4, agent=duel, seed=5)
    rows = [
        row.model_copy(update={"recording": each.recording})
        for row, each in zip(report.episodes, told, strict=True)
    ]
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in tmp_path.glob("*.replay"):
        file.rename(moved / file.name)
    found = find_recordings(report.with_episodes(rows), moved)
    assert found[3] == found[2]
    assert len(found) == 4


def _match(wins: Mapping[str, int], count: int = 40) -> HeadToHead:
    """Play chasers against runners; the chaser wins as often as the runner's file says."""
    asked: list[EvaluationRequest] = []

    def evaluate_(request: EvaluationRequest) -> EvaluationReport:
        asked.append(request)
        won = wins[str(request.players.model_of("runner"))]

        def info(index: int) -> Mapping[str, object]:
            chaser_won = index // 2 < won
            return {"is_success": chaser_won if index % 2 == 0 else not chaser_won}

        return report_of(
            [info(i) for i in range(2 * count)],
            scenario="custom",
            agent=_side,
        )

    request = EvaluationRequest({"chaser": "c", "runner": "r"}, episodes=2 * count, seed=3)
    models = {"chaser": ["c.onnx"], "runner": list(wins)}
    found = head_to_head(request, models, "chaser", evaluate_)
    assert [each.seed for each in asked] == [3] * len(wins)
    return found


def _side(index: int) -> Agent:
    return Agent(index % 2, "", ("chaser", "runner")[index % 2])


def test_wins_come_with_intervals_that_say_what_is_told_apart(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level("INFO")
    found = _match({"first.zip": 36, "middle.zip": 33, "last.zip": 10})
    assert "chaser wins 36 of 40 (76.9 to 96.0 %)" in caplog.text
    first, _, last = found.matches
    assert (first.wins, first.episodes, first.win_rate) == (36, 40, 0.9)
    # Wilson 1927: 36 of 40.
    assert first.win_rate_ci95 == pytest.approx((0.7695, 0.9604), abs=1e-3)
    assert last.models == {"chaser": "c.onnx", "runner": "last.zip"}
    told = {(a.wins, b.wins): apart for a, b, apart in found.comparisons()}
    assert told == {(36, 33): False, (36, 10): True, (33, 10): True}
    text = matches_table.as_markdown(found)
    assert "| c.onnx | first.zip | 36 of 40 | 90.0 % | 76.9 to 96.0 % |" in text
    assert (
        "- chaser c.onnx against runner first.zip and last.zip: 90.0 % and 25.0 %, "
        "the intervals do not overlap." in text
    )
    assert "82.5 %, the intervals overlap: not told apart." in text
    assert json.loads(json.dumps(found.to_dict()))["matches"][0]["wins"] == 36


def test_matches_that_cannot_be_counted() -> None:
    request = EvaluationRequest({"a": "x"}, episodes=4)
    with pytest.raises(UsageError, match=r"'chasers' .* has no model\. Did you mean 'chaser'"):
        head_to_head(request, {"chaser": ["c"]}, "chasers", lambda _: _report())
    with pytest.raises(UsageError, match=r"no episode of the group 'chaser' was told; .* pursuer"):
        head_to_head(request, {"chaser": ["c"]}, "chaser", lambda _: _report())
    silent = report_of([{}] * 4, scenario="custom", agent=duel)
    with pytest.raises(UsageError, match="'pursuer' does not tell wins"):
        head_to_head(request, {"pursuer": ["c"]}, "pursuer", lambda _: silent)


def test_flags_of_matches(capsys: pytest.CaptureFixture[str]) -> None:
    assert compare.read_sides(["a=x.zip", "b=y.zip", "b=game"]) == {
        "a": ["x.zip"],
        "b": ["y.zip", "game"],
    }
    for words, message in (
        (["x.zip"], "needs the group of each model: --model GROUP=x.zip"),
        ([], "needs models"),
    ):
        with pytest.raises(HarnessError, match=message):
            compare.read_sides(words)
    for argv in (
        ["--wins_of", "a", "--models", "x"],
        ["--model", "a=x", "--models", "x"],
        ["--in_engine", "--models", "x"],
        [],
    ):
        with pytest.raises(SystemExit):
            compare.main(argv)
    assert "--models PATH PATH or --wins_of GROUP is required" in capsys.readouterr().err
