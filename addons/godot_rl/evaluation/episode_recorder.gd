extends RefCounted
## Collects the episodes that a policy plays by itself and makes the report of an evaluation.
##
## Agent g of G plays the episodes g, g + G, g + 2G, ...; those with an index below the wanted
## number count, so that quick episodes are not over-represented.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const FORMAT: int = 1
const GAME: String = preload("res://addons/godot_rl/launch_options.gd").GAME
## Milliseconds between two lines of progress.
const TELL_MS: int = 1000

## Why the evaluation is void; empty while it is not.
var error: String = ""

var _wanted: int
var _expected: int = 0
var _rows: Array[Dictionary] = []
# Index of an agent in the run -> what its rows tell of it.
var _agents: Dictionary[int, Dictionary] = {}
# Indices of the agents that the game's own control plays.
var _others: Dictionary[int, bool] = {}
var _started_ms: int = Time.get_ticks_msec()
var _told_ms: int = _started_ms


func _init(wanted_episodes: int) -> void:
	_wanted = wanted_episodes


## Counts how many episodes these agents owe, each once, and notes who they are.
func begin(agents: Array[Node], roster: RLRoster) -> void:
	# Every arena holds as many.
	@warning_ignore("integer_division")
	var in_scene: int = maxi(1, roster.agents.size() / maxi(1, roster.arena_roots.size()))
	for controller: Node in agents:
		var episode: RLEpisode = controller.rl_episode
		if _agents.has(episode.agent_index):
			continue
		_expected += range(episode.agent_index, _wanted, episode.agent_total).size()
		var root: Node = roster.arena_roots[controller.arena_index]
		_agents[episode.agent_index] = {
			"agent_in_scene": episode.agent_index % in_scene,
			"agent_path": str(root.get_path_to(controller)),
			"policy": str(controller.policy_name),
		}


## Counts the episodes of agents too that no batch tells of: those of groups that the game's own
## control plays because [param models] (group to file) says so.
func begin_others(roster: RLRoster, models: Dictionary[String, String]) -> void:
	var played: Array[Node] = []
	for controller: Node in roster.agents:
		var index: int = controller.rl_episode.agent_index
		if models.get(controller.policy_name, "") == GAME and not _agents.has(index):
			played.append(controller)
			_others[index] = true
	if not played.is_empty():
		begin(played, roster)
		roster.when_ended.append(_note_end)


## What is wrong with an evaluation in which nobody plays [param group].
static func no_model(group: String) -> String:
	return (
		"the group '%s' has no model: name one for it, %s=FILE.onnx, or the game's own control, %s=%s"
		% [group, group, group, GAME]
	)


## Takes the episodes that ended in one decision.
func record(batch: RLStepBatch) -> void:
	for row: Dictionary in batch.ended:
		_take(row)
	if not batch.ended.is_empty():
		_tell()


## Whether every wanted episode of this process was played.
func complete() -> bool:
	return _rows.size() >= _expected


func _note_end(controller: Node) -> void:
	if _others.has(controller.rl_episode.agent_index):
		_take(controller.rl_episode.summary())


func _take(row: Dictionary) -> void:
	if row["episode"] >= _wanted:
		return
	_rows.append(row.merged(_agents.get(row["agent"], {})))
	if not is_finite(row["return"]):
		error = "the reward of episode %d is %s" % [row["episode"], row["return"]]


# Says now and then how far it is; Python reads this line (play/in_engine.py).
func _tell() -> void:
	var now: int = Time.get_ticks_msec()
	if now - _told_ms < TELL_MS:
		return
	_told_ms = now
	RLLog.info("played %d of %d episodes" % [_rows.size(), _expected])


## Returns the report; [param run] holds what the caller knows about the run.
func report(run: Dictionary) -> Dictionary:
	_rows.sort_custom(
		func(a: Dictionary, b: Dictionary) -> bool: return a["episode"] < b["episode"]
	)
	var result: Dictionary = {"format": FORMAT}
	result.merge(run)
	result["wall_time_s"] = (Time.get_ticks_msec() - _started_ms) / 1000.0
	result["episodes"] = _rows
	return result
