"""Let players meet in matches in the engine, and rate them: each pair, both ways round.

A player is a model (PATH or NAME=PATH, .zip or .onnx), random, or what the game itself has, such as
car_ball's still, chaser and kickoff. --output keeps results: the same command goes on where it was
stopped, more players or --starts add matches. --ladder places players on a fixed ladder, which is
not moved; compare ratings of one ladder only.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rl_training.commands import flags
from rl_training.commands.evaluation_flags import add_cluster_flags, take_cluster
from rl_training.commands.game_flags import add_game_flags, chosen_scenario
from rl_training.commands.next_steps import command, next_steps
from rl_training.commands.parser import Parser
from rl_training.commands.running import configure_logging
from rl_training.config.assignments import read_parameters
from rl_training.errors import UsageError
from rl_training.evaluation.request import DEFAULT_SEED
from rl_training.ratings.contestants import Contestant, read_contestants
from rl_training.ratings.matches import Planned, against, round_robin
from rl_training.scenarios import MatchRules, get_scenario

if TYPE_CHECKING:
    from rl_training.play.places import Places
    from rl_training.ratings.matches import Result
    from rl_training.ratings.record import Ratings
    from rl_training.ratings.tournament import Engines

_STARTS = 50
_FIXED_BY_LADDER = ("scenario", "parameter", "match_score", "seed", "scene_path")


def main(argv: list[str] | None = None) -> int:
    """Parse the flags, play what is missing, write and print the ratings."""
    configure_logging()
    values = vars(_parser().parse_args(argv))

    from rl_training.play.places import beside
    from rl_training.ratings.play_matches import take_places
    from rl_training.ratings.record import Ratings, sha256_of
    from rl_training.ratings.tournament import play_tournament
    from rl_training.reporting import ratings_table
    from rl_training.runs.progress import Progress

    output: Path | None = values["output"]
    ladder: Ratings | None = None
    if values["ladder"] is not None:
        _require_ladders_settings(values)
        ladder = Ratings.load(values["ladder"]).as_fixed()
        values["scenario"] = ladder.match.scenario
    elif values["add_to_ladder"]:
        raise UsageError("--add_to_ladder goes with --ladder")
    scenario = chosen_scenario(values)
    rules = _rules(scenario, values["match_score"] if ladder is None else ladder.match.score)
    new = read_contestants(values["players"], rules)
    before = _before(output, values, rules, scenario, ladder)
    people = _people(before, output, ladder, values["ladder"], new)
    wanted = _wanted(before, [one.name for one in new], values["starts"], ladder)
    before = _with_players(before, new)
    missing = len(set(wanted) - {each.match for each in before.results})
    places = _places(output, rules) if values["heat_maps"] else None
    progress = Progress(max(missing, 1), unit="game")

    def take(result: Result) -> None:
        progress.advance()
        if places is not None:
            take_places(places, result)

    try:
        found = play_tournament(
            before,
            people,
            wanted,
            rules,
            _engines(values),
            output,
            take,
            with_places=places is not None,
        )
    finally:
        progress.close()
        if places is not None and output is not None:
            places.save(beside(output))
    if ladder is not None:
        found = found.model_copy(update={"ladder": sha256_of(ladder)})
    if output is not None:
        found.save(output)
    if values["add_to_ladder"] and ladder is not None:
        extended = _extended(ladder, found)
        extended.with_models_beside(values["ladder"]).save(values["ladder"])
    if values["html"] is not None:
        _write_page(found, values["html"], places, rules)
    if flags.emit(values["json"], found.model_dump(mode="json"), ratings_table.as_text(found)):
        print(_next(values, found))
    return 0


def _parser() -> Parser:
    parser = Parser(__doc__ or "")
    add = parser.add_argument
    add("players", nargs="*", metavar="PLAYER", help="PATH, NAME=PATH, random or a driver")
    flags.add(parser, "output", metavar="JSON", help="where results are kept, and go on from")
    add("--ladder", type=Path, metavar="JSON", help="place the players on this fixed ladder")
    add(
        "--add_to_ladder",
        action="store_true",
        help="add the placed players to the ladder's file; nobody on it moves",
    )
    add(
        "--starts",
        type=int,
        metavar="N",
        help=f"of each pair; each is played both ways round (default {_STARTS}, or the ladder's)",
    )
    add(
        "--match_score",
        metavar="NAME",
        help="metric that decides a match; the scenario's if absent",
    )
    add("--html", type=Path, metavar="PATH", help="write a page with pictures (.md: Markdown)")
    add("--heat_maps", action="store_true", help="on the page: where players were and touched")
    flags.add(parser, "json")
    add_game_flags(parser)
    flags.add(parser, "seed", help=f"which starts (default {DEFAULT_SEED})")
    flags.add(parser, "parameter", "num_envs", "arenas", "port")
    flags.add(parser, "timeout_s", default=60.0)
    flags.add(parser, "godot")
    add_cluster_flags(parser)
    return parser


def _require_ladders_settings(values: dict[str, Any]) -> None:
    given = [name for name in _FIXED_BY_LADDER if values[name] is not None]
    if given:
        raise UsageError(
            f"the ladder says what is played: leave out {', '.join('--' + name for name in given)}"
        )
    if not values["players"]:
        raise UsageError("name the players to place: spacetime-rl rate --ladder JSON NAME=PATH")


def _rules(scenario: str, score: str | None) -> MatchRules:
    rules = get_scenario(scenario).match or MatchRules()
    return rules if score is None else dataclasses.replace(rules, score=score)


def _before(
    output: Path | None,
    values: dict[str, Any],
    rules: MatchRules,
    scenario: str,
    ladder: Ratings | None,
) -> Ratings:
    """Return what is known before: the output's results, or nothing yet."""
    from rl_training.ratings.record import MatchSettings, Ratings

    if ladder is not None:
        match = ladder.match
    else:
        own = get_scenario(scenario)
        parameters = {**rules.parameters, **read_parameters(values["parameter"] or ())}
        if any(not isinstance(value, (int, float)) for value in parameters.values()):
            raise UsageError("matches take numbers for --parameter, not samplers")
        match = MatchSettings(
            scenario=scenario,
            scene_path=values["scene_path"],
            score=rules.score,
            action_repeat=own.action_repeat,
            parameters=parameters,
            seed=DEFAULT_SEED if values["seed"] is None else values["seed"],
        )
    if output is None or not output.is_file():
        players = () if ladder is None else ladder.players
        return Ratings(match=match, players=players)
    known = Ratings.load(output)
    # What is not said again is as it was.
    silent = all(values[name] is None for name in ("seed", "parameter", "match_score"))
    is_same = silent and ladder is None and known.match.scenario == scenario
    difference = "" if is_same else known.match.difference(match)
    if difference:
        raise UsageError(
            f"{output} was played with other settings: {difference}; give another --output"
        )
    if ladder is not None and any(
        known.fixed().get(name) != one for name, one in ladder.fixed().items()
    ):
        raise UsageError(f"{output} was placed on another ladder: give another --output")
    return known


def _people(
    before: Ratings,
    output: Path | None,
    ladder: Ratings | None,
    ladder_path: Path | None,
    new: Sequence[Contestant],
) -> dict[str, Contestant]:
    """Return all players by name; a known name must be the same player."""
    people: dict[str, Contestant] = {}
    if ladder is not None and ladder_path is not None:
        people |= ladder.contestants(ladder_path)
    elif output is not None:
        people |= before.contestants(output)
    known = {each.name: each for each in before.players}
    for one in new:
        same = known.get(one.name)
        if same is not None and (same.kind, same.sha256) != (one.kind, one.sha256):
            raise UsageError(
                f"{one.name!r} is another player in the ratings: give it another name, NAME=PATH"
            )
        people[one.name] = one
    return people


def _with_players(before: Ratings, new: Sequence[Contestant]) -> Ratings:
    from rl_training.ratings.record import player_of

    known = set(before.names)
    added = tuple(player_of(one) for one in new if one.name not in known)
    return before.model_copy(update={"players": (*before.players, *added)})


def _wanted(
    before: Ratings, new: Sequence[str], starts: int | None, ladder: Ratings | None
) -> list[Planned]:
    if starts is None:
        known = [each.match.start for each in (ladder or before).results]
        starts = max(known) + 1 if known else _STARTS
    if starts < 1:
        raise UsageError(f"--starts must be at least 1; found {starts}")
    fixed = [each.name for each in before.players if each.fixed]
    names = dict.fromkeys([*before.names, *new])
    free = [name for name in names if name not in fixed]
    if fixed:
        if not free:
            raise UsageError("all players are on the ladder already: name another one")
        return against(free, fixed, starts)
    if len(free) < 2:
        raise UsageError("name at least two players, such as: spacetime-rl rate chaser still")
    return round_robin(free, starts)


def _extended(ladder: Ratings, found: Ratings) -> Ratings:
    known = set(ladder.names)
    new = [each for each in found.players if each.name not in known]
    more = ladder.model_copy(update={"players": (*ladder.players, *new)})
    return more.rated([*ladder.results, *found.results]).as_fixed()


def _engines(values: dict[str, Any]) -> Engines:
    from rl_training.ratings.tournament import Engines

    names = [field.name for field in dataclasses.fields(Engines) if field.name != "cluster"]
    return Engines(**{name: values[name] for name in names}, cluster=take_cluster(values))


def _places(output: Path | None, rules: MatchRules) -> Places:
    from rl_training.play.places import Places, beside

    if rules.ground is None:
        raise UsageError(
            "--heat_maps: the scenario does not say what its ground is (docs/ratings.md)"
        )
    return Places() if output is None else Places.load(beside(output))


def _write_page(found: Ratings, path: Path, places: Places | None, rules: MatchRules) -> None:
    from rl_training.reporting.document import save_html, save_markdown
    from rl_training.reporting.ratings_page import page

    blocks = page(found, places, rules.ground)
    save = save_markdown if path.suffix == ".md" else save_html
    save(blocks, path)
    print(f"wrote {path}")


def _next(values: dict[str, Any], found: Ratings) -> str:
    output = values["output"]
    if output is None:
        return next_steps(("keep it", command("rate", *values["players"], "--output", "r.json")))
    if found.ladder:
        check = command("gate", "rating", "--current", output, "--baseline", "baseline.json")
        return next_steps(("hold it against an earlier one", check))
    place = command("rate", "--ladder", output, "NAME=MODEL.onnx")
    return next_steps(("place another player on it", place))
