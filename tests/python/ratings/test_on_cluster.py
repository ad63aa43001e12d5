"""`rate --backend ray`: results and ratings are those of one machine; no Ray here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stable_baselines3 import PPO

from rl_training.checkpoints.checkpoint import CheckpointMeta, save_checkpoint
from rl_training.commands.rate import main
from rl_training.commands.running import run_main
from rl_training.config.sections import ClusterSettings
from rl_training.envs import GodotVecEnv
from rl_training.envs.cluster.crew import ActorLostError
from rl_training.envs.cluster.job_actor import JobActor
from rl_training.ratings.contestants import Contestant, model_contestant
from rl_training.ratings.matches import Result, round_robin
from rl_training.ratings.record import MatchSettings, Ratings, player_of
from rl_training.ratings.tournament import Engines, play_tournament
from rl_training.scenarios import MatchRules
from tests.python.envs.cluster.small_ray import SmallRay, small_ray

pytest.importorskip("openskill")
pytestmark = pytest.mark.usefixtures("no_process_left")

CLUSTER = ClusterSettings(backend="ray", engines_per_actor=2)
RULES = MatchRules(score="score")
GROUPS = {name: {"agents": 1, "obs": 4} for name in ("blue", "orange")}
Take = Callable[[Result], None]
Rate = Callable[[ClusterSettings | None, Take], Ratings]


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch) -> Iterator[SmallRay]:
    with small_ray(monkeypatch, "rl_training.envs.cluster.jobs") as ray:
        yield ray


@pytest.fixture
def model(fake_game: Callable[..., str], free_port: int, tmp_path: Path) -> Path:
    game, path = fake_game(groups={"blue": GROUPS["blue"]}), tmp_path / "model.zip"
    with GodotVecEnv(env_path=game, port=free_port, arenas=1) as env:
        policy = PPO("MultiInputPolicy", env, n_steps=8, batch_size=8, device="cpu", seed=1)
        save_checkpoint(path, policy, None, CheckpointMeta())
    return path


@pytest.fixture
def rate(fake_game: Callable[..., str], free_port: int, model: Path) -> Rate:
    """Return what lets three players meet in three engines of two arenas."""
    # Scores follow from the level, the actions and the place: all must be as on one machine.
    game = fake_game(groups=GROUPS, match=True)
    people = {
        "mine": model_contestant("mine", model),
        "random": Contestant("random", "random"),
        "game": Contestant("game", "driver"),
    }
    wanted = round_robin(list(people), 5)

    def play(cluster: ClusterSettings | None, take: Take) -> Ratings:
        engines = Engines(num_envs=3, arenas=2, port=free_port, env_path=game, cluster=cluster)
        match = MatchSettings(scenario="custom", score=RULES.score, action_repeat=None, seed=7)
        before = Ratings(match=match, players=tuple(player_of(one) for one in people.values()))
        return play_tournament(before, people, wanted, RULES, engines, on_result=take)

    return play


def require_same(one: Ratings, other: Ratings) -> None:
    """Compare results but for the last digits of a policy's sums."""
    for here, there in zip(one.results, other.results, strict=True):
        assert (here.match, here.decisions) == (there.match, there.decisions)
        assert here.scores == pytest.approx(there.scores, rel=1e-5)


def test_results_and_ratings_are_those_of_one_machine_whatever_is_lost(
    rate: Rate, ray: SmallRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A stretch for each result, so that an actor is lost in the middle of its part.
    monkeypatch.setattr(JobActor, "stretch_s", 0.0)
    here: list[Result] = []
    there: list[Result] = []

    def lose(result: Result) -> None:
        there.append(result)
        if len(there) == 6:
            ray.actors[0].die()

    local, spread = rate(None, here.append), rate(CLUSTER, lose)
    assert len(ray.actors) == 3  # two, and the lost one's successor
    assert len(there) == len({each.match for each in there}) == 30
    require_same(local, spread)
    assert spread.players == local.players
    assert (spread.engine, spread.arenas) == (local.engine, local.arenas) == ("4.6.3-fake", (3, 2))
    scores = [each.scores for each in here]
    assert len(set(scores)) == 30
    assert {each.outcome for each in here} == {0.0, 1.0}
    assert len({each.decisions for each in here}) > 1


def test_what_was_played_before_too_many_are_lost_is_kept(
    rate: Rate, ray: SmallRay, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JobActor, "stretch_s", 0.0)
    there: list[Result] = []

    def lose(result: Result) -> None:
        there.append(result)
        for actor in ray.actors:
            actor.die()

    with pytest.raises(ActorLostError, match=r"actor \d \(engine.* was lost: The actor is dead"):
        rate(CLUSTER, lose)
    assert there


def test_the_command_takes_the_flags_of_train(
    ray: SmallRay, fake_game: Callable[..., str], free_port: int, tmp_path: Path, capsys: Any
) -> None:
    game = fake_game(groups=GROUPS, match=True)
    words = ["game", "random", "--env_path", game, "--match_score", "score", "--starts", "2"]
    words += ["--num_envs", "2", "--arenas", "1", "--port", str(free_port)]
    there, here = tmp_path / "there.json", tmp_path / "here.json"
    ray_words = ["--backend", "ray", "--engines_per_actor", "1"]
    assert run_main(lambda: main([*words, *ray_words, "--output", str(there)])) == 0
    assert len(ray.actors) == 2
    assert run_main(lambda: main([*words, "--output", str(here)])) == 0
    assert there.read_text("utf-8") == here.read_text("utf-8")
    capsys.readouterr()
    assert run_main(lambda: main([*words, "--address", "auto"])) == 2
    assert "engines run locally: add --backend ray" in capsys.readouterr().err
