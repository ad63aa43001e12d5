extends "res://addons/godot_rl/policies/policy.gd"
## The player acts and every episode is written to the controller's expert_demo_save_path.
##
## A path that ends in ".json" gets the stock plugin's format, kept up to date after each episode,
## with our JSON lines beside it; any other path gets JSON lines.

const RLDemoWriter := preload("res://addons/godot_rl/demos/demo_writer.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const REMOVE_ACTION: StringName = &"godot_rl_remove_last_episode"

var _writers: Array[RLDemoWriter] = []
var _last_observations: Array[Array] = []
var _last_actions: Array[Array] = []
var _acts_on_call: Array[bool] = []
var _remove_was_pressed: bool = false


## See RLPolicy; opens one file per agent.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	super.take_over(members, of_roster)
	action_repeat = agents[0].action_repeat
	if not InputMap.has_action(REMOVE_ACTION):
		InputMap.add_action(REMOVE_ACTION)
	for controller: Node in agents:
		var path: String = controller.expert_demo_save_path
		if path.is_empty():
			error = "%s records demonstrations: set expert_demo_save_path" % controller.get_path()
			return false
		var writer: RLDemoWriter = RLDemoWriter.new()
		if not writer.open(lines_path(path)):
			error = writer.error
			return false
		_writers.append(writer)
		var acts_on_call: bool = _takes_no_argument(controller)
		_acts_on_call.append(acts_on_call)
		controller.set_heuristic("demo_record" if acts_on_call else "human")
		if controller.remove_last_episode_key != null:
			InputMap.action_add_event(REMOVE_ACTION, controller.remove_last_episode_key)
		_last_observations.append([])
		_last_actions.append([])
	return true


## See RLPolicy.
func decide() -> Next:
	_remove_if_asked()
	var first: bool = not _started
	var batch: RLStepBatch = _take_batch()
	for i: int in agents.size():
		if not first:
			_write(i, batch)
		if _acts_on_call[i]:
			agents[i].call("set_action")
		_last_observations[i] = Array(batch.observations[i]["obs"])
		_last_actions[i] = agents[i].get_action()
	return Next.RUN


## See RLPolicy.
func close(_reason: String) -> void:
	for writer: RLDemoWriter in _writers:
		writer.close()


## Where the JSON lines of a save path go.
static func lines_path(path: String) -> String:
	return path + "l" if path.get_extension() == "json" else path


func _write(i: int, batch: RLStepBatch) -> void:
	var writer: RLDemoWriter = _writers[i]
	var ended: bool = batch.terminated[i] or batch.truncated[i]
	var done: bool = writer.add_step(_last_observations[i], _last_actions[i], batch.rewards[i])
	if done and ended:
		var final_observation: Array = Array(batch.final_observations[i]["obs"])
		done = writer.end_episode(
			final_observation, batch.terminated[i], batch.truncated[i], batch.infos[i]
		)
		if done:
			done = _export(i)
	if not done:
		error = "%s: %s" % [agents[i].get_path(), writer.error]


func _export(i: int) -> bool:
	var path: String = agents[i].expert_demo_save_path
	RLLog.info("%d episodes in %s" % [_writers[i].episode_count(), path])
	if path.get_extension() == "json":
		_writers[i].error = RLDemoWriter.export_stock(lines_path(path), path)
	return _writers[i].error.is_empty()


func _remove_if_asked() -> void:
	var pressed: bool = Input.is_action_pressed(REMOVE_ACTION)
	if pressed and not _remove_was_pressed:
		for i: int in _writers.size():
			if _writers[i].remove_last_episode():
				_export(i)
	_remove_was_pressed = pressed


# Controllers written for the stock recorder read the player's input in set_action().
static func _takes_no_argument(controller: Node) -> bool:
	for method: Dictionary in controller.get_script().get_script_method_list():
		if method["name"] == "set_action":
			return method["args"].size() == method["default_args"].size()
	return false
