extends RefCounted
## Who plays the rows of a trainer that it does not play itself: an ONNX policy that it sent, or the
## game's own control (docs/protocol.md, Orders).
##
## RLRemotePolicy owns it. Orders change who plays; the change takes effect when the row's agent
## begins its next episode. The actions of loaded policies are computed while the trainer thinks
## about the same decision ([method think]), one forward for each model.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
# Compiled with the first policy that comes: it takes the whole ONNX runner with it.
const LOADED_MODEL: String = "res://addons/godot_rl/policies/remote/loaded_model.gd"
## What infos call the game's own control.
const GAME: String = "game"
const HEX_DIGITS_OF_NAME: int = 12

## Whether some row is not the trainer's, or will not be: else nothing is to be done in a step.
var is_used: bool = false
## Physics ticks per decision, and per simulated second; for a warning.
var action_repeat: int = 0
var physics_ticks_per_second: int = 0
## Why the run cannot go on; empty while it can.
var error: String = ""

var _agents: Array[Node]
# Row -> who plays it; rows without an entry are the trainer's.
var _players: Dictionary[int, RLPlayer] = {}
# Row -> who plays it from the agent's next episode on; null: the trainer.
var _next: Dictionary[int, RLPlayer] = {}
# RLLoadedModels by the SHA-256 of their files.
var _models: Dictionary[String, RefCounted] = {}
# Instance of an episode -> row; a stand-in shares the episode of the agent whose place it keeps.
var _row_of: Dictionary[int, int] = {}
# Actions for the decision under way.
var _actions: Dictionary[int, Dictionary] = {}


## [param agents] are the trainer's, row by row; the same array is kept.
func _init(agents: Array[Node]) -> void:
	_agents = agents
	for row: int in agents.size():
		_row_of[agents[row].rl_episode.get_instance_id()] = row


## Row of an agent, -1 for one that is not the trainer's.
func row_of(controller: Node) -> int:
	return _row_of.get(controller.rl_episode.get_instance_id(), -1)


## Name of who plays a row, "" for the trainer.
func name_of(row: int) -> String:
	var player: RLPlayer = _players.get(row)
	return "" if player == null else player.name


## Lets the game's own control ([param by_game]) or the trainer play [param rows].
func set_control(rows: PackedInt32Array, by_game: bool) -> void:
	var player: RLPlayer = null
	if by_game:
		player = RLPlayer.new()
		player.name = GAME
	_order(rows, player)


## Lets the policy of an ONNX file play [param rows], its actions "sampled", "deterministic" or
## "auto". Returns what is wrong, in which case nothing is changed, or "" and fills [param told]
## with what an answer tells.
func load_policy(
	rows: PackedInt32Array, name: String, actions: String, file: PackedByteArray, told: Dictionary
) -> String:
	var sha256: String = _sha256(file)
	if name.is_empty():
		name = sha256.left(HEX_DIGITS_OF_NAME)
	var model: RefCounted = _models.get(sha256)
	if model == null:
		model = load(LOADED_MODEL).new(name, file)
		if not model.error.is_empty():
			return model.error
	var player: RLPlayer = RLPlayer.new()
	player.name = name
	player.model = model
	player.samples = actions == "sampled"
	if actions == "auto":
		player.samples = not rows.is_empty() and model.can_sample(_agents[rows[0]])
	for row: int in rows:
		var problem: String = player.problem_with(_agents[row])
		if not problem.is_empty():
			return problem
	if not rows.is_empty():
		_models[sha256] = model
	_order(rows, player)
	told["sha256"] = sha256
	told["actions"] = "sampled" if player.samples else "deterministic"
	told["warning"] = model.player.rate_warning(action_repeat, physics_ticks_per_second)
	return ""


## The next episode of an agent is about to begin: an order for it takes effect.
func begin(controller: Node) -> void:
	if not is_used:
		return
	var row: int = row_of(controller)
	if row < 0:
		return
	_actions.erase(row)
	if not controller is RLAbsentAgent and _next.has(row):
		var player: RLPlayer = _next[row]
		_next.erase(row)
		_hand_over(row, player)


## Another agent has taken the place of row [param row].
func take_seat(row: int) -> void:
	var player: RLPlayer = _players.get(row)
	if player != null:
		_seat(row, player)


## Computes what loaded policies do about the last decision of [param batch].
func think(batch: RLStepBatch, row_size: int) -> void:
	_actions.clear()
	for model: RefCounted in _models.values():
		if not model.rows.is_empty():
			error = model.decide(_agents, batch, row_size, _actions)
			if not error.is_empty():
				return


## Whether a row's action is not the trainer's; then it is in [method action_of].
func plays(row: int) -> bool:
	return _players.has(row)


## The action of a row that the trainer does not play; {}: none is set.
func action_of(row: int) -> Dictionary:
	return _actions.get(row, {})


func _order(rows: PackedInt32Array, player: RLPlayer) -> void:
	for row: int in rows:
		if player == null and not _players.has(row):
			_next.erase(row)
		else:
			_next[row] = player
	_tidy()


func _hand_over(row: int, player: RLPlayer) -> void:
	var before: RLPlayer = _players.get(row)
	if before != null and before.model != null:
		before.model.remove(row)
	if player == null:
		_players.erase(row)
		_agents[row].set_heuristic("model")
	else:
		_players[row] = player
		_seat(row, player)
	_tidy()


# Lets a player play the agent that is in a row now.
func _seat(row: int, player: RLPlayer) -> void:
	var controller: Node = _agents[row]
	controller.set_heuristic("human" if player.model == null else "model")
	if player.model == null:
		return
	var problem: String = player.model.seat(row, controller, player.samples)
	if not problem.is_empty() and error.is_empty():
		error = problem


# Drops models that nobody plays.
func _tidy() -> void:
	is_used = not (_players.is_empty() and _next.is_empty())
	for sha256: String in _models.keys():
		var model: RefCounted = _models[sha256]
		var is_meant: Callable = func(player: RLPlayer) -> bool:
			return player != null and player.model == model
		if model.rows.is_empty() and not _next.values().any(is_meant):
			_models.erase(sha256)


static func _sha256(file: PackedByteArray) -> String:
	var context: HashingContext = HashingContext.new()
	context.start(HashingContext.HASH_SHA256)
	context.update(file)
	return context.finish().hex_encode()


## Who plays a row in the trainer's place.
class RLPlayer:
	extends RefCounted
	## As infos tell it.
	var name: String = ""
	## An RLLoadedModel; null: the game's own control.
	var model: RefCounted
	var samples: bool = false

	## Why the model cannot play [param controller], or "".
	func problem_with(controller: Node) -> String:
		return "" if controller is RLAbsentAgent else model.problem_with(controller, samples)
