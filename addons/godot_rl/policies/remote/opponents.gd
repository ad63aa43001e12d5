extends RefCounted
## Results of the episodes that others than the trainer played in an arena, for the infos of the
## trainer's agents there (`opponents`, docs/protocol.md).
##
## RLRemotePolicy owns it: the roster tells it of each end, the policy takes the results when an
## episode of its own ends. Each group of an arena is told of each result once.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLAgentGroups := preload("res://addons/godot_rl/policies/remote/agent_groups.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLLoadedPolicies := preload("res://addons/godot_rl/policies/remote/loaded_policies.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
## Results that are kept for a group of an arena whose own episodes do not end; older ones go.
const MOST_KEPT: int = 64

var _groups: RLAgentGroups
var _loaded: RLLoadedPolicies
var _roster: RLRoster
# Arena -> group -> results.
var _results: Dictionary[int, Dictionary] = {}
# Row -> who played the episode that ended; rows of others than the trainer.
var _played_by: Dictionary[int, String] = {}


func _init(groups: RLAgentGroups, loaded: RLLoadedPolicies, roster: RLRoster) -> void:
	_groups = groups
	_loaded = loaded
	_roster = roster
	for group: RLAgentGroups.RLGroup in groups.groups:
		for member: Node in group.members:
			_results.get_or_add(member.arena_index, {})[group.name] = []


## The episode of [param controller] has ended; its end can still be read.
func note(controller: Node) -> void:
	var row: int = _loaded.row_of(controller)
	var policy: String = _loaded.name_of(row) if row >= 0 else _policy_of(controller)
	if policy.is_empty():
		return
	if row >= 0:
		_played_by[row] = policy
	if not _results.has(controller.arena_index):
		return
	var result: Dictionary = _result(controller, policy)
	for kept: Array in _results[controller.arena_index].values():
		kept.append(result)
		if kept.size() > MOST_KEPT:
			kept.pop_front()


## What the info of the episode that ended in [param row] tells beyond the agent's own.
func info_of(row: int, arena: int) -> Dictionary:
	if _played_by.has(row):
		var played: Dictionary = {"policy": _played_by[row]}
		_played_by.erase(row)
		return played
	var kept: Dictionary = _results.get(arena, {})
	var group: String = _groups.of_row(row).name
	if not kept.has(group) or kept[group].is_empty():
		return {}
	var told: Array = kept[group]
	kept[group] = []
	return {"opponents": told}


# Who plays an agent of another policy object.
func _policy_of(controller: Node) -> String:
	var policy: RefCounted = controller.rl_episode.policy
	if policy == null:
		return RLLoadedPolicies.GAME
	var source: String = policy.get("source")
	return source.trim_prefix("onnx:") if source.begins_with("onnx:") else RLLoadedPolicies.GAME


func _result(controller: Node, policy: String) -> Dictionary:
	var episode: RLEpisode = controller.rl_episode
	return {
		"group": controller.policy_name,
		"policy": policy,
		"agent": _path_of(controller),
		"return": episode.total_reward,
		"decisions": episode.decisions,
		"terminated": episode.terminated,
		"truncated": episode.truncated,
		"info": episode.final_info,
	}


# Below the arena's root.
func _path_of(controller: Node) -> String:
	var root: Node = null
	if controller.arena_index < _roster.arena_roots.size():
		root = _roster.arena_roots[controller.arena_index]
	var stand_in: RLAbsentAgent = controller as RLAbsentAgent
	if stand_in != null:
		return str(stand_in.path)
	if root == null or not root.is_ancestor_of(controller):
		return str(controller.get_path())
	return str(root.get_path_to(controller))
