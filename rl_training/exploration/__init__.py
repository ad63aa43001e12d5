"""Play a game to find what is wrong with it: `spacetime-rl explore` (docs/testing_games.md).

The parts, and what they promise to each other and to `studies/bug_count`:

- `request`: `ExplorationRequest`: which game, which way, how long. Frozen.
- `explorer`: `explore(request, on_progress=None) -> Exploration`: plays, looks, confirms. It writes
  nothing; `report.save_report(exploration, folder)` writes the report, its page and its replays.
- `findings`: `Sighting` (one detector saw something in one episode) and `Finding` (all sightings
  with one `key`): kind, message, count, episodes, first episode and step, its `Trail`, whether it
  was confirmed.
- `trail`: `Trail(level, actions)`: how to come to a state again. `level` is the episode's seed as
  ordered with `set_levels`; `actions` is (decisions, width) float64, the actions of all agents of
  one arena, group by group. Played from the start with the same parameters it leads to the same
  state, in any arena with `--isolation worlds`.
- `world`: `World(settings, parameters)`: engines as arenas that play levels: `begin(levels)`,
  `step(actions) -> {arena: Moment}`, `cut(arenas)`, `restart(...)`. `Moment`: what one decision of
  one arena brought: observation, rewards, end, infos, cell, place, milliseconds, new lines of the
  engine's log, failure.
- `detectors`: black boxes that look at moments: `make_detectors(limits) -> list[Detector]`, one
  list for each episode; `look(moment) -> list[Sighting]`. None knows a planted bug's switch.
- `strategy`: ways to play: `random`, `policy`, `search` (returns to cells by replay), `mixture`.
- `archive`: the cells that were seen, and how to come back to each.
- `confirm`: `Stage(game, parameters, limits).play(trail) -> TrailRun`: plays a trail in a world of
  one arena (opened again after its engine failed) and returns all sightings in it. A trail shows a
  finding when `finding.first.key in run.keys`. What shrinks a trail calls this with shorter ones.
- `on_cluster`: `explore_on_cluster(cluster, request, on_progress=None) -> Exploration`: the same on
  the actors of a Ray cluster, a job each; `merge` makes one exploration of theirs.
- `verdicts`: `confirm_findings(exploration, folder)`: which findings come again; their recordings.
  A recording's header holds `finding`: what it shows, with its limits and its trail
  (`again.trail_of`); `again.show_again(recording, game)` says whether it still does.

Nothing here trains, and nothing here is imported by the floors below.
"""
