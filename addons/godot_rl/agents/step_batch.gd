extends RefCounted
## What one decision tells about all agents of a policy. Codecs write it to the wire.
##
## It is filled in two steps, so that all agents that are due begin their next episode before any of
## them observes: [method complete] takes rewards and ended episodes and begins the next ones,
## [method look] reads the observations.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLObservationPacker := preload("res://addons/godot_rl/agents/observation_packer.gd")
const RLObservationStack := preload("res://addons/godot_rl/agents/observation_stack.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")
## Bits of [member presence], as on the wire.
const ABSENT: int = 4
const JOINED: int = 8

## Told of every decision's infos (RLExploreTeller); null: nobody explores.
static var teller: RefCounted

## Current observation of each agent: the first of the next episode where one ended. Empty when
## [member packed] holds them. A value that is no Dictionary was returned so by the agent.
var observations: Array = []
## The same as one block of floats, row after row, when a packer read it; the rows begin at
## [member lead], before which a codec has room for what comes first in its message.
var packed: PackedFloat32Array = []
var lead: int = 0
## First float of each row behind [member lead], and the end of the last one, where rows differ in
## width; empty where they are alike.
var starts: PackedInt32Array = []
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
## Empty as long as every row's agent is there and no other; else one byte a row: [constant ABSENT]
## = nobody acts there after this decision (the agent left the tree, or has ended and waits for the
## others of its arena), [constant JOINED] = another agent took the seat.
var presence: PackedByteArray = []
## A summary (RLEpisode.summary) of every episode that ended in this transition.
var ended: Array[Dictionary] = []


## Completes the transition of every agent: takes rewards and ended episodes, and tells the roster
## whose next ones are due (RLRoster.begin_due). An agent that has not acted yet has none.
static func complete(agents: Array[Node], roster: RLRoster) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	# Nearly every row of nearly every decision is plain: what all rows start as is made at once.
	var count: int = agents.size()
	batch.terminated.resize(count)
	batch.truncated.resize(count)
	batch.final_observations.resize(count)
	batch.rewards.resize(count)
	batch.infos.resize(count)
	for i: int in count:
		var controller: Node = agents[i]
		var episode: RLEpisode = controller.rl_episode
		if episode.is_plain:
			batch._take_step(i, controller, episode)
		elif episode.is_held:
			batch._pass_over(i, controller)
		elif episode.pending:
			batch._take_end(i, controller, episode, roster)
		elif episode.waits:
			batch._wait(i, controller, episode)
		elif episode.acts:
			batch._take_step(i, controller, episode)
			if episode.is_vacant:
				batch.mark(i, ABSENT)
			if episode.findings != null:
				batch._tell_findings(i, episode)
			if episode.watch != null:
				episode.watch.call("rewarded", batch.rewards[i], false, batch.infos[i])
		else:
			episode.will_act()
			controller.zero_reward()
	if teller != null:
		teller.call("tell", batch.infos, agents)
	return batch


## A batch without transitions, as at a start and after a reset.
static func start(agents: Array[Node]) -> RLStepBatch:
	var batch: RLStepBatch = RLStepBatch.new()
	batch.infos.resize(agents.size())
	for i: int in agents.size():
		var episode: RLEpisode = agents[i].rl_episode
		if episode.is_vacant or episode.joins:
			batch.mark(i, ABSENT if episode.is_vacant else JOINED)
		episode.will_act()
		batch.infos[i] = episode.info()
	if teller != null:
		teller.call("tell", batch.infos, agents)
	return batch


## Observes: with a [param packer] into [member packed], behind [param lead_floats] zeros.
func look(agents: Array[Node], packer: RLObservationPacker = null, lead_floats: int = 0) -> void:
	is_packed = packer != null
	var shown: Array[Node] = agents if presence.is_empty() else _with_held_rows(agents)
	if not is_packed:
		var stacks: bool = RLObservationStack.in_use
		for controller: Node in shown:
			observations.append(
				RLObservationStack.observe(controller) if stacks else controller.get_obs()
			)
		return
	lead = lead_floats
	packed.resize(lead)
	packer.observe(shown, packed)
	for i: int in final_observations.size():
		if final_observations[i] != null:
			packer.append_observation(agents[i], final_observations[i], final_packed)


## [method complete] and [method look] in one.
static func take(
	agents: Array[Node], roster: RLRoster, packer: RLObservationPacker = null
) -> RLStepBatch:
	var batch: RLStepBatch = complete(agents, roster)
	roster.starts.begin_due()
	batch.look(agents, packer)
	return batch


## [method start] and [method look] in one.
static func observe(agents: Array[Node], packer: RLObservationPacker = null) -> RLStepBatch:
	var batch: RLStepBatch = start(agents)
	batch.look(agents, packer)
	return batch


## Sets bits of [member presence] of row [param i].
func mark(i: int, bits: int) -> void:
	if presence.is_empty():
		presence.resize(infos.size())
	presence[i] |= bits


# As RLEpisode.take_reward() and info(), without the calls: this runs for every decision.
func _take_step(i: int, controller: Node, episode: RLEpisode) -> void:
	var earned: Variant = controller.get_reward()
	controller.zero_reward()
	var reward: float = float(earned) if earned is float or earned is int else NAN
	var told: Variant = controller.get_info()
	episode.decisions += 1
	episode.total_reward += reward
	rewards[i] = reward
	if told is Dictionary:
		infos[i] = told


func _take_end(i: int, controller: Node, episode: RLEpisode, roster: RLRoster) -> void:
	episode.decisions += 1
	episode.total_reward += episode.final_reward
	rewards[i] = episode.final_reward
	terminated[i] = episode.terminated
	truncated[i] = episode.truncated
	final_observations[i] = episode.final_observation
	if roster.tick_times.remembers:
		var times: Dictionary = roster.tick_times.between(episode.began_tick, episode.ended_tick)
		episode.final_info = episode.final_info.merged({"times": times})
	infos[i] = episode.final_info
	ended.append(episode.summary())
	if episode.findings != null:
		_tell_findings(i, episode)
	if episode.watch != null:
		episode.watch.call("rewarded", episode.final_reward, true, episode.final_info)
	if episode.joins:
		mark(i, JOINED)
	roster.starts.end_taken(controller)
	if episode.waits or episode.is_vacant:
		mark(i, ABSENT)


# What the game reported since the last decision.
func _tell_findings(i: int, episode: RLEpisode) -> void:
	if episode.findings.is_waiting:
		infos[i] = infos[i].merged({"findings": episode.findings.take()})
		episode.look_whether_plain()


# The agent waits for the others of its arena, unless that begins now.
func _wait(i: int, controller: Node, episode: RLEpisode) -> void:
	if not episode.arena.is_released:
		_pass_over(i, controller)
	elif episode.joins:
		mark(i, JOINED)


# The agent is out of the game: it earns nothing.
func _pass_over(i: int, controller: Node) -> void:
	controller.zero_reward()
	mark(i, ABSENT)


# Agents that are out of the game are not asked: their rows show what they saw at their end.
func _with_held_rows(agents: Array[Node]) -> Array[Node]:
	var shown: Array[Node] = agents.duplicate()
	for i: int in agents.size():
		var episode: RLEpisode = agents[i].rl_episode
		if episode.is_held or (episode.waits and not episode.is_vacant):
			shown[i] = episode.held_agent()
	return shown
