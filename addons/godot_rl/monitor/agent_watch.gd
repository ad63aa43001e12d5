extends RefCounted
## What someone who looks at one agent wants to know: its last observation and action, its reward
## term by term, its episode, and totals since it is looked at.
##
## RLAgentChoice puts it into the agent's `rl_episode.watch` and takes it away again; the policies
## then tell it each decision and each reward. It reads the agent and never changes it, and it draws
## nothing: [method snapshot] gives plain values, for RLAgentView here or in the editor.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAgentWatch := preload("res://addons/godot_rl/monitor/agent_watch.gd")
const RLObservationLog := preload("res://addons/godot_rl/monitor/observation_log.gd")
const RLRewardLog := preload("res://addons/godot_rl/monitor/reward_log.gd")

## Episodes over which the mean return and the success rate are taken.
const EPISODES: int = 100

## Grows whenever a [method snapshot] would differ from the last one.
var version: int = 0

var _controller: Node
var _policy: WeakRef = weakref(null)
var _observations: RLObservationLog = RLObservationLog.new()
var _rewards: RLRewardLog = RLRewardLog.new()
var _action: Dictionary = {}
var _action_space: Dictionary = {}
var _value: float = NAN
# A reward came, and no decision was told since.
var _is_unread: bool = true
var _episode: int = -1
var _return: float = 0.0
var _episodes: int = 0
var _returns: PackedFloat32Array = []
var _successes: PackedByteArray = []
# Overlay and debugger may look at one agent at once.
var _users: int = 0


## Begins to look at [param controller], an AIController2D or AIController3D that
## [param policy] decides for (null: nobody yet). Everyone who looks at an agent gets the same watch
## and ends with [method close].
static func open(controller: Node, policy: RefCounted) -> RLAgentWatch:
	var watch: RLAgentWatch = controller.rl_episode.watch as RLAgentWatch
	if watch == null:
		watch = RLAgentWatch.new()
		watch._begin(controller)
		controller.rl_episode.watch = watch
	watch._users += 1
	watch.meet(policy)
	return watch


## [param policy] decides for the agent from now on; null: nobody.
func meet(policy: RefCounted) -> void:
	if _policy.get_ref() != policy:
		_policy = weakref(policy)
		version += 1


## Ends one look; the last one takes the watch from the agent.
func close() -> void:
	_users -= 1
	if _users == 0 and is_instance_valid(_controller):
		if _controller.rl_episode.watch == self:
			_controller.rl_episode.watch = null


## The policy has set [param action]. Called by the policies.
func decided(action: Dictionary, policy: RefCounted) -> void:
	meet(policy)
	_notice_episode()
	_action = action
	_value = policy.value_of(_controller)
	_read()
	version += 1


## A transition is complete. Called by the policies, before the next episode begins where
## [param ended].
func rewarded(reward: float, ended: bool, info: Dictionary) -> void:
	_notice_episode()
	_is_unread = true
	_return += reward
	_rewards.add(reward, ended, _reward_terms(ended, info))
	version += 1
	if not ended:
		return
	_episodes += 1
	_returns.append(_return)
	if _returns.size() > EPISODES:
		_returns.remove_at(0)
	if info.has("is_success"):
		_successes.append(1 if info["is_success"] else 0)
		if _successes.size() > EPISODES:
			_successes.remove_at(0)


## Everything, in plain values that can be sent to the editor; {} when the agent is gone.
func snapshot() -> Dictionary:
	if not is_instance_valid(_controller) or not _controller.is_inside_tree():
		return {}
	_notice_episode()
	if _is_unread:
		_read()  # of the player nobody tells decisions
	var shown: Dictionary = {
		"name": name_of(_controller),
		"policy": "nobody decides",
		"value": _value,
		"actions": _actions(),
	}
	var repeat: int = 1
	var ticks_per_second: int = Engine.physics_ticks_per_second
	var policy: RefCounted = _policy.get_ref()
	if policy != null:
		shown["policy"] = policy.describe()
		repeat = maxi(policy.action_repeat, 1)
		if policy.physics_ticks_per_second > 0:
			ticks_per_second = policy.physics_ticks_per_second
	shown["lines"] = _lines()
	shown["repeat"] = repeat
	shown["rate"] = float(ticks_per_second) / repeat
	shown.merge(_episode_facts(float(repeat) / ticks_per_second))
	shown.merge(_observations.snapshot())
	shown.merge(_rewards.snapshot())
	return shown


## How an agent is called in lists: its path below the scene.
static func name_of(controller: Node) -> String:
	var scene: Node = controller.get_tree().current_scene
	if scene != null and scene.is_ancestor_of(controller):
		return str(scene.get_path_to(controller))
	return str(controller.get_path()).trim_prefix("/root/")


func _begin(controller: Node) -> void:
	_controller = controller
	var space: Variant = controller.get_action_space()
	if space is Dictionary:
		_action_space = space
	_episode = controller.rl_episode.index()
	_return = controller.rl_episode.total_reward
	_rewards.begin_episode(_reward_terms(false, {}))


# An episode began since the last call, after an end or a reset.
func _notice_episode() -> void:
	if _controller.rl_episode.index() == _episode:
		return
	_episode = _controller.rl_episode.index()
	_return = 0.0
	_rewards.begin_episode({})


func _read() -> void:
	_is_unread = false
	_observations.read(_controller)


# The sum of each term in this episode; {} when the game tells none. Games that tell them at the
# end only may have get_reward_terms() for the time until then.
func _reward_terms(ended: bool, info: Dictionary) -> Dictionary:
	var told: Variant = info.get("reward_terms")
	if not told is Dictionary and not ended and _controller.has_method("get_reward_terms"):
		told = _controller.get_reward_terms()
	return told if told is Dictionary else {}


# What the game itself says of the agent.
func _lines() -> PackedStringArray:
	if not _controller.has_method("get_overlay_lines"):
		return []
	var told: Variant = _controller.get_overlay_lines()
	return PackedStringArray(told) if told is PackedStringArray or told is Array else []


func _episode_facts(seconds_per_decision: float) -> Dictionary:
	var episode: RefCounted = _controller.rl_episode
	var mean: float = NAN
	if not _returns.is_empty():
		mean = 0.0
		for one: float in _returns:
			mean += one / _returns.size()
	return {
		"episode": _number_of(episode),
		"seed": episode.episode_seed(),
		"decisions": episode.decisions,
		"seconds": episode.decisions * seconds_per_decision,
		"return": _return,
		"ended": episode.done,
		"episodes": _episodes,
		"mean_return": mean,
		"mean_of": _returns.size(),
		"success": NAN if _successes.is_empty() else _successes.count(1) / float(_successes.size()),
	}


# In play the agents' numbers are far apart: what counts is how many episodes this one has had.
static func _number_of(episode: RefCounted) -> int:
	var index: int = episode.index()
	if index < 1 << 31:
		return index
	return floori(float(index - episode.agent_index) / episode.agent_total)


# One entry an action: its name, its values, and for a discrete one the number of its choices.
func _actions() -> Array[Dictionary]:
	var entries: Array[Dictionary] = []
	for key: Variant in _action_space:
		var entry: Variant = _action_space[key]
		if not entry is Dictionary:
			continue
		var is_discrete: bool = str(entry.get("action_type", "")) == "discrete"
		var values: PackedFloat32Array = RLObservationLog.floats_of(_action.get(key, []))
		var choices: int = int(entry.get("size", 0)) if is_discrete else 0
		entries.append({"name": str(key), "values": values, "choices": choices})
	return entries
