extends RefCounted
## A model that a trainer sent, and the rows that it plays.
##
## RLLoadedPolicies holds one for each file, however many rows play it: one network, one forward a
## decision, a seat for each row.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLPlayedModel := preload("res://addons/godot_rl/policies/played_model.gd")
const RLPolicyNetwork := preload("res://addons/godot_rl/policies/policy_network.gd")
const RLPolicySeat := preload("res://addons/godot_rl/policies/policy_seat.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## Why the file cannot be played; empty when it can.
var error: String = ""
var player: RLPlayedModel
## Rows of the trainer, in the order of the player's seats.
var rows: PackedInt32Array = []

var _name: String


## Reads [param file]; [param name] is what messages call it. Check [member error].
func _init(name: String, file: PackedByteArray) -> void:
	_name = name
	var model: ONNXModel = ONNXModel.load_bytes(file, name, true)
	if model == null:
		error = "the policy '%s' cannot be loaded: %s" % [name, ONNXModel.last_load_error]
		return
	player = RLPlayedModel.new(model, name)
	player.takes_rows_of_others = true
	error = player.refusal


## Whether it tells a distribution for the actions of [param controller].
func can_sample(controller: Node) -> bool:
	return player.sampling_error(controller.get_action_space()).is_empty()


## Why it cannot play [param controller], or "".
func problem_with(controller: Node, samples: bool) -> String:
	var problem: String = player.take_agent(controller, RLPolicySeat.new(), samples)
	return "" if problem.is_empty() else "%s: %s" % [controller.get_path(), problem]


## Gives [param controller], who is in row [param row], a seat. Returns what is wrong, or "".
func seat(row: int, controller: Node, samples: bool) -> String:
	var taken: RLPolicySeat = RLPolicySeat.new()
	var problem: String = player.take_agent(controller, taken, samples)
	if not problem.is_empty():
		return "%s: %s" % [controller.get_path(), problem]
	var i: int = rows.find(row)
	if i < 0:
		rows.append(row)
		player.add_seat(taken)
	else:
		player.seats[i] = taken
	return ""


## Forgets a row.
func remove(row: int) -> void:
	var i: int = rows.find(row)
	if i >= 0:
		rows.remove_at(i)
		player.remove_seat(i)


## Computes the actions of its rows among [param agents], of which [param batch] tells, into
## [param actions]. Rows are [param row_size] floats wide, unless the batch says where each begins.
## Returns why it cannot, or "".
func decide(
	agents: Array[Node], batch: RLStepBatch, row_size: int, actions: Dictionary[int, Dictionary]
) -> String:
	var members: Array[Node] = []
	var inputs: PackedFloat32Array = []
	for i: int in rows.size():
		var row: int = rows[i]
		members.append(agents[row])
		if not batch.is_packed:
			var problem: String = player.seats[i].append_inputs(batch.observations[row], inputs)
			if not problem.is_empty():
				return "%s: %s" % [agents[row].get_path(), problem]
			continue
		var start: int = batch.lead + row * row_size
		var end: int = start + row_size
		if not batch.starts.is_empty():
			start = batch.lead + batch.starts[row]
			end = batch.lead + batch.starts[row + 1]
		inputs.append_array(batch.packed.slice(start, end))
	player.begin_episodes(members)
	var network: RLPolicyNetwork = player.network
	if not network.decide(inputs, rows.size()):
		return "the policy '%s' failed: %s" % [_name, network.error]
	if RLSpaces.first_not_finite(network.outputs) >= 0:
		return "the policy '%s' failed: its output is not finite" % _name
	for i: int in rows.size():
		if not batch.presence.is_empty() and batch.presence[rows[i]] & RLStepBatch.ABSENT:
			continue
		var action: Dictionary = player.action(i, members[i])
		if not player.error.is_empty():
			return "%s: %s" % [members[i].get_path(), player.error]
		actions[rows[i]] = action
	return ""
