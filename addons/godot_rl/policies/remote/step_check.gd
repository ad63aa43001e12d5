extends RefCounted
## Looks for what must not reach a trainer: observations that do not fit their space, and what is
## not finite in them or in rewards.
##
## RLRemotePolicy asks it before each message of a decision. It changes nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## Whether the last problem was an observation.
var is_of_observation: bool = false

var _groups: RLAgentGroups
var _agents: Array[Node]


func _init(groups: RLAgentGroups, agents: Array[Node]) -> void:
	_groups = groups
	_agents = agents


## What is wrong with a batch that [param packer] read (null: dictionaries), or "".
func problem_of(batch: RLStepBatch, packer: RLObservationPacker) -> String:
	return _packed_error(batch, packer) if batch.is_packed else _batch_error(batch)


## What messages call an agent.
func name_of(i: int) -> String:
	var stand_in: RLAbsentAgent = _agents[i] as RLAbsentAgent
	return "agent %d (%s)" % [i, _agents[i].get_path() if stand_in == null else stand_in.path]


func _batch_error(batch: RLStepBatch) -> String:
	for i: int in _agents.size():
		var problem: String = _observation_error(i, batch.observations[i])
		if problem.is_empty() and i < batch.final_observations.size():
			if batch.final_observations[i] != null:
				problem = _observation_error(i, batch.final_observations[i])
			if not is_finite(batch.rewards[i]):
				problem = "%s: the reward is %s" % [name_of(i), batch.rewards[i]]
		if not problem.is_empty():
			return problem
	return ""


# The observations as one block, which takes a hundredth of the time.
func _packed_error(batch: RLStepBatch, packer: RLObservationPacker) -> String:
	if not packer.error.is_empty():
		is_of_observation = true
		return packer.error
	for i: int in batch.rewards.size():
		if not is_finite(batch.rewards[i]):
			return "%s: the reward is %s" % [name_of(i), batch.rewards[i]]
	if RLSpaces.first_not_finite(batch.packed) >= 0:
		var block: PackedFloat32Array = batch.packed.slice(batch.lead)
		var row: int = packer.first_not_finite(block).x
		return _observation_error(row, packer.observation_of(block, row))
	if batch.final_packed.is_empty() or RLSpaces.first_not_finite(batch.final_packed) < 0:
		return ""
	for i: int in _agents.size():
		if batch.final_observations[i] != null:
			var problem: String = _observation_error(i, batch.final_observations[i])
			if not problem.is_empty():
				return problem
	return ""


func _observation_error(i: int, observation: Variant) -> String:
	var problem: String = RLSpaces.observation_error(
		observation, _groups.observation_spaces[i], _groups.observation_names[i]
	)
	if problem.is_empty():
		return ""
	is_of_observation = true
	return "%s: %s" % [name_of(i), problem]
