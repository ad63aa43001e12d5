extends RefCounted
## What one decision tells about all agents of a policy. Codecs write it to the wire.

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## Current observation of each agent: the first of the next episode where one ended. Empty when
## [member packed] holds them.
var observations: Array[Dictionary] = []
## The same as one block of floats, row after row, when a packer read it.
var packed: PackedFloat32Array = []
## Whether [member packed] and [member final_packed] are filled.
var is_packed: bool = false
## Reward of the transition that this decision completes.
var rewards: PackedFloat64Array = []
var terminated: Array[bool] = []
var truncated: Array[bool] = []
## Last observation of the episode that ended in this transition, else null.
var final_observations: Array = []
## Those that are not null as one block of floats.
var final_packed: PackedFloat32Array = []
var infos: Array[Dictionary] = []
## A summary (RLEpisode.summary) of every episode that ended in this transition.
var ended: Array[Dictionary] = []


## Completes the transition of every agent: takes rewards and ended episodes, begins the next ones
## and observes. With a [param packer] the observations become [member packed].
static func take(
	agents: Array[Node], roster: RLRoster, packer: RLObservationPacker = null
) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.is_packed = packer != null
	for i: int in agents.size():
		var controller: Node = agents[i]
		batch._take_transition(controller, roster, packer)
		if packer != null:
			packer.append(i, controller, batch.packed)
		else:
			batch.observations.append(controller.get_obs())
	return batch


## Only observes, as at a start and after a reset.
static func observe(agents: Array[Node], packer: RLObservationPacker = null) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.is_packed = packer != null
	for i: int in agents.size():
		if packer != null:
			packer.append(i, agents[i], batch.packed)
		else:
			batch.observations.append(agents[i].get_obs())
		batch.infos.append(agents[i].get_info())
	return batch


func _take_transition(controller: Node, roster: RLRoster, packer: RLObservationPacker) -> void:
	var episode: RLEpisode = controller.rl_episode
	episode.decisions += 1
	if episode.pending:
		episode.total_reward += episode.final_reward
		rewards.append(episode.final_reward)
		terminated.append(episode.terminated)
		truncated.append(episode.truncated)
		final_observations.append(episode.final_observation)
		if packer != null:
			packer.append_observation(controller, episode.final_observation, final_packed)
		if roster.tick_times.remembers:
			var times: Dictionary = roster.tick_times.between(
				episode.began_tick, episode.ended_tick
			)
			episode.final_info = episode.final_info.merged({"times": times})
		infos.append(episode.final_info)
		ended.append(episode.summary())
		roster.begin_next(controller)
		return
	var reward: float = controller.get_reward()
	controller.zero_reward()
	episode.total_reward += reward
	rewards.append(reward)
	terminated.append(false)
	truncated.append(false)
	final_observations.append(null)
	infos.append(controller.get_info())
