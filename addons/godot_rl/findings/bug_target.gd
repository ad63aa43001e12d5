class_name BugTarget
extends Node
## Waits for one bug to appear, and makes an agent look for it: a reward and the end of the episode
## when it appears, and a small reward for what a hint says leads there.
##
## Put it into a scene, or start the engine with `--rl.target_bug=TARGET`, which adds one to every
## arena of any scene (docs/shrink.md). [member target] is one of
## "log:REGEX" (a line that the engine prints), "warning:KIND" (of the performance monitor),
## "finding:KIND" (RLFindings) and "state:EXPRESSION" (Godot's Expression on the arena's root, true
## when the bug is there). It looks after all other nodes of a physics tick, and it never changes
## the game but by ending the episode.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

## The target has appeared; [param text] tells what was seen.
signal appeared(text: String)
## A decision of which the hint says [param value]: 1 for true, 0 for false, or a number.
signal hinted(value: float)

const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLTargetSource := preload("res://addons/godot_rl/findings/targets/target_source.gd")
const RLTargetState := preload("res://addons/godot_rl/findings/targets/target_state.gd")
const RLTargetSources := preload("res://addons/godot_rl/findings/targets/target_sources.gd")
## Kind of the finding that tells that the target has appeared.
const FINDING: String = "target_bug"
## Ticks after all nodes that say nothing else.
const LATE: int = 1000000

## What is waited for; empty: nothing.
@export var target: String = "":
	set(value):
		target = value
		_source = null
## What leads there: an Expression on the arena's root, true or a number; empty: no hint.
@export var hint: String = "":
	set(value):
		hint = value
		_hint = null
## The arena's root; not set: the node above.
@export var root: Node
## Whether this node pays the rewards and ends the episode. Off: the scene does, told by signals.
@export var pays: bool = true
## Reward when the target appears.
@export var reward_found: float = 100.0
## Reward of a decision of which the hint says 1.
@export var reward_hint: float = 1.0
## Sum of what the hint says that an episode pays for at most: reaching the target must be worth
## more.
@export_range(0.0, 10000.0, 1.0, "or_greater") var hint_limit: float = 40.0

## The target has appeared in this episode.
var has_appeared: bool = false
## Sum of what the hint has said in this episode.
var hint_sum: float = 0.0

var _source: RLTargetSource
var _hint: RLTargetState
var _agents: Array[Node] = []
var _serial: int = -1
var _decisions: int = 0
# Every target and hint that was met, since a scene may change them in every episode.
var _sources: Dictionary[String, RLTargetSource] = {}
var _told: Dictionary[String, bool] = {}


func _ready() -> void:
	if process_physics_priority == 0:
		process_physics_priority = LATE
	if root == null:
		root = get_parent()


func _exit_tree() -> void:
	for source: RLTargetSource in _sources.values():
		source.release()
	_sources.clear()
	_source = null


func _physics_process(_delta: float) -> void:
	if target.is_empty() and hint.is_empty():
		return
	var serial: int = _count_episodes()
	if serial != _serial:
		restart()
	if has_appeared:
		return
	var source: RLTargetSource = _find_source()
	if source != null:
		var text: String = source.look(_agents)
		_tell(source.problem)
		if not text.is_empty():
			_appear(text)
			return
	if not hint.is_empty():
		_look_at_hint()


## An episode begins. Called by the scene, or noticed in the first tick.
func restart() -> void:
	_serial = _count_episodes()
	has_appeared = false
	hint_sum = 0.0
	_decisions = 0
	if not target.is_empty():
		var source: RLTargetSource = _find_source()
		if source != null:
			source.restart()


func _appear(text: String) -> void:
	has_appeared = true
	RLFindings.report(self, FINDING, target, {"seen": text})
	appeared.emit(text)
	if not pays:
		return
	for agent: Node in _agents:
		if agent.get("done"):
			continue
		agent.set("reward", float(agent.get("reward")) + reward_found)
		agent.set("terminated", true)
		# A controller that resets itself waits for this.
		if not agent.has_method("begin_episode"):
			agent.set("needs_reset", true)


# Once a decision.
func _look_at_hint() -> void:
	var decisions: int = 0
	for agent: Node in _agents:
		decisions = maxi(decisions, agent.get("rl_episode").decisions)
	if decisions == _decisions or hint_sum >= hint_limit:
		return
	_decisions = decisions
	if _hint == null:
		_hint = RLTargetState.new(hint, root)
	var value: float = minf(_hint.value(), hint_limit - hint_sum)
	_tell(_hint.problem)
	if value == 0.0:
		return
	hint_sum += value
	hinted.emit(value)
	if pays:
		for agent: Node in _agents:
			agent.set("reward", float(agent.get("reward")) + reward_hint * value)


func _find_source() -> RLTargetSource:
	if _source == null and not target.is_empty():
		if not _sources.has(target):
			_sources[target] = RLTargetSources.make(target, root)
		_source = _sources[target]
		_tell(_source.problem)
	return _source


# Counts the episodes of the agents below the root, and finds these when they were not known.
func _count_episodes() -> int:
	var sum: int = 0
	for agent: Node in _agents:
		if not is_instance_valid(agent):
			_agents = []
			break
		sum += agent.get("rl_episode").serial
	if _agents.is_empty():
		for agent: Node in get_tree().get_nodes_in_group("AGENT"):
			if agent == root or root.is_ancestor_of(agent):
				_agents.append(agent)
				sum += agent.get("rl_episode").serial
	return sum


func _tell(problem: String) -> void:
	if problem.is_empty() or _told.has(problem):
		return
	_told[problem] = true
	RLLog.error("%s: %s" % [get_path(), problem])
