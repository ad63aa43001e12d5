"""Film a match: a milestone or a model against a player of the ladder, a driver of the game, ...

Each group is named with who plays it: GROUP=WHO. WHO is a model (.onnx or .zip), a milestone of
--experiment_name, a player of --ladder, or what the game itself has, such as car_ball's chaser.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.game_flags import add_game_flags, chosen_scenario
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.config.assignments import read_parameters
from rl_training.errors import UsageError, nearest
from rl_training.evaluation.request import DEFAULT_SEED
from rl_training.play.players import GAME, RANDOM, Players
from rl_training.ratings.contestants import Contestant, model_contestant
from rl_training.scenarios import MatchRules, get_scenario

if TYPE_CHECKING:
    from rl_training.ratings.record import Ratings

_LONGEST_S = 600.0


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play, film, and print who did what."""
    configure_logging()
    values = vars(_parser().parse_args(argv))

    from rl_training.evaluation.evaluate import play_settings
    from rl_training.evaluation.player_files import exported
    from rl_training.evaluation.request import EvaluationRequest
    from rl_training.play.film import Film, film_episodes

    film = Film(values["output"], values["fps"], values["width"])
    ladder = _ladder(values["ladder"])
    scenario = get_scenario(
        chosen_scenario(values)
        if ladder is None
        else _of_ladder(values["scenario"], ladder.match.scenario)
    )
    rules = scenario.match or MatchRules()
    known = _known(values, ladder, rules)
    cast = read_cast(values["players"], known)
    parameters: dict[str, Any] = dict(
        rules.parameters if ladder is None else ladder.match.parameters
    )
    parameters |= read_parameters(values["parameter"] or ())
    for group, one in cast.items():
        parameters |= one.parameters(rules, group)
    request = EvaluationRequest(
        model=Players(groups={group: one.model for group, one in cast.items()}),
        scenario=scenario.name,
        # Agents of a match end together: each is one episode.
        episodes=len(cast),
        seed=DEFAULT_SEED if values["seed"] is None else values["seed"],
        in_engine=True,
        parameters=parameters,
        **{name: values[name] for name in ("godot", "env_path", "project_path", "scene_path")},
        timeout_s=values["timeout_s"],
    )
    with exported(request.players) as players:
        played = film_episodes(
            film, players, play_settings(request, scenario), request.episodes,
            scenario.time_limit_s or _LONGEST_S, request.played_parameters,
        )  # fmt: skip
    for episode in played.episodes:
        group = "" if episode.agent is None else episode.agent.policy
        who = f"{group} ({cast[group].name})" if group in cast else group
        is_success = rules.score == "is_success"
        score = float(episode.success or 0) if is_success else episode.metrics.get(rules.score)
        shown = "" if score is None else f", {rules.score} {score:g}"
        print(f"{who}: return {episode.episode_return:.2f}, {episode.length} decisions{shown}")
    print(f"wrote {film.output}")
    return 0


def read_cast(words: Sequence[str], known: Mapping[str, Contestant]) -> dict[str, Contestant]:
    """Read who plays which group.

    Args:
        words: each GROUP=WHO.
        known: players by name: of the game, of a ladder, milestones.

    Raises:
        UsageError: a word is none, or a group is named twice.
        ModelError: there is no such file.
    """
    cast: dict[str, Contestant] = {}
    for word in words:
        group, equals, who = word.partition("=")
        if not (group and equals and who):
            raise UsageError(
                f"say who plays which group: GROUP=WHO, such as blue=chaser; found {word!r}"
            )
        if group in cast:
            raise UsageError(f"the group {group!r} is named twice")
        if who == str(RANDOM) or (who in known and known[who].kind == "random"):
            raise UsageError(
                f"{word}: random actions go through Python and cannot be filmed; name another"
            )
        if who in known:
            cast[group] = known[who]
        elif Path(who).suffix in (".zip", ".onnx"):
            cast[group] = model_contestant(Path(who).stem, Path(who))
        else:
            names = [name for name, one in known.items() if one.kind != "random"]
            raise UsageError(
                f"{word}: who plays is a .zip or .onnx, or one of {', '.join(names)}."
                f"{nearest(who, names)}"
            )
    if all(one.model is None for one in cast.values()):
        raise UsageError(
            "name a model for one group at least: an engine alone plays episodes of a policy"
        )
    return cast


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("players", nargs="+", metavar="GROUP=WHO", help="who plays which group of agents")
    flags.add(parser, "output", required=True, metavar="FILE", help=".gif, .avi or .ogv")
    add("--ladder", type=Path, metavar="JSON", help="its players can be named; it sets the match")
    flags.add(parser, "experiment_name", help="run whose milestones can be named")
    flags.add(parser, "run_root")
    add("--fps", type=int, default=30, metavar="N", help="pictures a simulated second")
    add("--width", type=int, default=480, metavar="PIXELS", help="of a GIF")
    add_game_flags(parser)
    flags.add(parser, "seed", help=f"which start (default {DEFAULT_SEED})")
    flags.add(parser, "parameter")
    flags.add(parser, "timeout_s", default=120.0, help="longest start of the engine")
    flags.add(parser, "godot")
    return parser


def _ladder(path: Path | None) -> Ratings | None:
    from rl_training.ratings.record import Ratings

    return None if path is None else Ratings.load(path)


def _of_ladder(asked: str | None, scenario: str) -> str:
    if asked not in (None, scenario):
        raise UsageError(f"the ladder is of {scenario!r}: leave out --scenario")
    return scenario


def _known(
    values: Mapping[str, Any], ladder: Ratings | None, rules: MatchRules
) -> dict[str, Contestant]:
    """Return who can be named, beside files."""
    from rl_training.runs.milestones import list_milestones
    from rl_training.runs.paths import RunPaths, default_root

    known = {
        name: Contestant(name, "driver", driver=number) for name, number in rules.drivers.items()
    }
    known = known or {GAME: Contestant(GAME, "driver")}
    if ladder is not None:
        known |= ladder.contestants(values["ladder"])
    if values["experiment_name"] is not None:
        paths = RunPaths(values["experiment_name"], values["run_root"] or default_root())
        for each in list_milestones(paths):
            file = each.onnx("")
            if file.is_file():
                known[each.name] = known[each.name.rpartition("/")[2]] = model_contestant(
                    each.name, file
                )
    return known
