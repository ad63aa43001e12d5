extends "res://addons/godot_rl/policies/policy.gd"
## The player acts and every episode is written to the controller's expert_demo_save_path.
##
## A path that ends in ".json" gets the stock plugin's format, kept up to date after each episode,
## with our JSON lines beside it; any other path gets JSON lines.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLDemoWriter := preload("res://addons/godot_rl/demos/demo_writer.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const REMOVE_ACTION: StringName = &"godot_rl_remove_last_episode"

var _seats: Array[RLSeat] = []
var _remove_was_pressed: bool = false


## See RLPolicy; opens the agent's file.
func admit(controller: Node) -> String:
	var path: String = controller.expert_demo_save_path
	if path.is_empty():
		return "%s records demonstrations: set expert_demo_save_path" % controller.get_path()
	var seat: RLSeat = RLSeat.new()
	if not seat.writer.open(lines_path(path)):
		return seat.writer.error
	var problem: String = super.admit(controller)
	if not problem.is_empty():
		return problem
	seat.path = path
	seat.acts_on_call = _takes_no_argument(controller)
	_seats.append(seat)
	if agents.size() == 1:
		action_repeat = controller.action_repeat
	controller.set_heuristic("demo_record" if seat.acts_on_call else "human")
	if not InputMap.has_action(REMOVE_ACTION):
		InputMap.add_action(REMOVE_ACTION)
	var key: InputEvent = controller.remove_last_episode_key
	if key != null and not InputMap.action_has_event(REMOVE_ACTION, key):
		InputMap.action_add_event(REMOVE_ACTION, key)
	return ""


## See RLPolicy; an episode that ended with the agent's leaving is still written.
func release(i: int) -> void:
	var episode: RLEpisode = agents[i].rl_episode
	if episode.pending and episode.acts:
		episode.close_reward()
		var batch: RLStepBatch = RLStepBatch.new()
		batch.rewards = [episode.final_reward]
		batch.terminated = [episode.terminated]
		batch.truncated = [episode.truncated]
		batch.final_observations = [episode.final_observation]
		batch.infos = [episode.final_info]
		_write(i, batch, 0)
	_seats[i].writer.close()
	_seats.remove_at(i)
	super.release(i)


## See RLPolicy; what was recorded of the episodes that a reset broke off is dropped.
func start_over() -> void:
	super.start_over()
	for seat: RLSeat in _seats:
		seat.writer.discard_episode()
		seat.has_acted = false
		seat.is_void = false


## See RLPolicy.
func decide() -> RLNext:
	_remove_if_asked()
	var batch: RLStepBatch = _take_batch()
	for i: int in agents.size():
		if i < batch.rewards.size() and _seats[i].has_acted:
			_write(i, batch, i)
		if _some_absent and batch.presence[i] & RLStepBatch.ABSENT:
			_seats[i].has_acted = false
			continue
		if _seats[i].acts_on_call:
			agents[i].call("set_action")
		var observation: Variant = batch.observations[i]
		_seats[i].observation = _values_of(observation)
		_seats[i].action = agents[i].get_action()
		_seats[i].has_acted = true
	return RLNext.RUN


## See RLPolicy.
func close(_reason: String) -> void:
	for seat: RLSeat in _seats:
		seat.writer.close()


## See RLPolicy.
func describe() -> String:
	return "player, recorded"


## Where the JSON lines of a save path go.
static func lines_path(path: String) -> String:
	return path + "l" if path.get_extension() == "json" else path


# Writes the step of agent i, told in row of batch; at an episode's end the episode.
func _write(i: int, batch: RLStepBatch, row: int) -> void:
	var seat: RLSeat = _seats[i]
	var ended: bool = batch.terminated[row] or batch.truncated[row]
	if seat.is_void:
		seat.is_void = not ended
		return
	var done: bool = seat.writer.add_step(seat.observation, seat.action, batch.rewards[row])
	if done and ended:
		done = seat.writer.end_episode(
			_values_of(batch.final_observations[row]),
			batch.terminated[row],
			batch.truncated[row],
			batch.infos[row]
		)
		if done:
			done = _export(i)
	if done:
		return
	var problem: String = "%s: %s" % [agents[i].get_path(), seat.writer.error]
	seat.writer.discard_episode()
	seat.is_void = not ended
	if complaints == null:
		error = problem
	else:
		complaints.tell("record", agents[i], seat.writer.error, "this episode is not recorded")


func _export(i: int) -> bool:
	var seat: RLSeat = _seats[i]
	RLLog.info("%d episodes in %s" % [seat.writer.episode_count(), seat.path])
	if seat.path.get_extension() == "json":
		seat.writer.error = RLDemoWriter.export_stock(lines_path(seat.path), seat.path)
	return seat.writer.error.is_empty()


func _remove_if_asked() -> void:
	var pressed: bool = Input.is_action_pressed(REMOVE_ACTION)
	if pressed and not _remove_was_pressed:
		for i: int in _seats.size():
			if _seats[i].writer.remove_last_episode():
				_export(i)
	_remove_was_pressed = pressed


static func _values_of(observation: Variant) -> Array:
	var value: Variant = observation.get("obs") if observation is Dictionary else null
	return Array(value) if value is Array or typeof(value) >= TYPE_PACKED_BYTE_ARRAY else []


# Controllers written for the stock recorder read the player's input in set_action().
static func _takes_no_argument(controller: Node) -> bool:
	for method: Dictionary in controller.get_script().get_script_method_list():
		if method["name"] == "set_action":
			return method["args"].size() == method["default_args"].size()
	return false


## What the policy keeps of one agent.
class RLSeat:
	extends RefCounted
	var writer: RLDemoWriter = RLDemoWriter.new()
	var path: String = ""
	## What it saw and did at its last decision.
	var observation: Array = []
	var action: Array = []
	var has_acted: bool = false
	var acts_on_call: bool = false
	## Something in the running episode cannot be written: none of it is.
	var is_void: bool = false
