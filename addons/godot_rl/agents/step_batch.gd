class_name RLStepBatch
extends RefCounted
## What one decision tells about all agents of a policy. Codecs write it to the wire.

## Current observation of each agent: the first of the next episode where one ended.
var observations: Array[Dictionary] = []
## Reward of the transition that this decision completes.
var rewards: PackedFloat64Array = []
var terminated: Array[bool] = []
var truncated: Array[bool] = []
## Last observation of the episode that ended in this transition, else null.
var final_observations: Array = []
var infos: Array[Dictionary] = []
## A summary (RLEpisode.summary) of every episode that ended in this transition.
var ended: Array[Dictionary] = []


## Completes the transition of every agent: takes rewards and ended episodes, begins the next ones
## and observes.
static func take(agents: Array[Node], roster: RLRoster) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	for controller: Node in agents:
		batch._take_agent(controller, roster)
	return batch


## Only observes, as at a start and after a reset.
static func observe(agents: Array[Node]) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	for controller: Node in agents:
		batch.observations.append(controller.get_obs())
		batch.infos.append(controller.get_info())
	return batch


func _take_agent(controller: Node, roster: RLRoster) -> void:
	var episode: RLEpisode = controller.rl_episode
	episode.decisions += 1
	if episode.pending:
		episode.total_reward += episode.final_reward
		rewards.append(episode.final_reward)
		terminated.append(episode.terminated)
		truncated.append(episode.truncated)
		final_observations.append(episode.final_observation)
		infos.append(episode.final_info)
		ended.append(episode.summary())
		roster.begin_next(controller)
	else:
		var reward: float = controller.get_reward()
		controller.zero_reward()
		episode.total_reward += reward
		rewards.append(reward)
		terminated.append(false)
		truncated.append(false)
		final_observations.append(null)
		infos.append(controller.get_info())
	observations.append(controller.get_obs())
