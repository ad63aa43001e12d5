extends RefCounted
## The arenas of a run: finds the scene that holds agents, makes its copies, makes them anew.
##
## RLRunSession has one. It chooses no policy and begins no episode.

const RLArenaBuilder := preload("res://addons/godot_rl/arenas/arena_builder.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")

## The arenas' roots, by number; empty until [method build]. One may be freed: see
## [method renew_first].
var roots: Array[Node] = []
## The agents that [method find] found.
var agents: Array[Node] = []

var _tree: SceneTree
var _options: RLLaunchOptions
var _scene: Node


func _init(tree: SceneTree, options: RLLaunchOptions) -> void:
	_tree = tree
	_options = options


## Looks for agents in the running scene; with [param anywhere], and one arena, in the whole tree
## too. Whether there are any.
func find(anywhere: bool) -> bool:
	_scene = _tree.current_scene
	agents = []
	if _scene != null:
		agents = RLRoster.find_agents(_scene)
	if agents.is_empty() and _options.arenas == 1 and anywhere:
		_scene = _tree.root
		agents = RLRoster.find_agents(_scene)
	return not agents.is_empty()


## Decides how many arenas there are, where that was left to the scene.
func choose_count() -> void:
	_options.choose_arenas(1 << 30 if _scene.scene_file_path.is_empty() else agents.size())


## Makes the copies of the scene that was found. Whether that can be.
func build() -> bool:
	if _options.arena_cell.is_empty():
		roots = RLArenaBuilder.build(_scene, _options.arenas, _options.isolation)
	else:
		roots = RLArenaBuilder.build_cell(_scene, _options.arena_cell[0], _options.arena_cell[1])
	return not roots.is_empty()


## Makes every arena anew from its scene's file and tells [param roster]. Returns what is wrong, or
## "".
func reload(roster: RLRoster) -> String:
	var path: String = roots[0].scene_file_path if is_instance_valid(roots[0]) else ""
	var packed: PackedScene = load(path) as PackedScene if not path.is_empty() else null
	if packed == null:
		return "the running scene was not loaded from a file"
	for i: int in roots.size():
		roots[i] = RLArenaBuilder.renew(roots[i], packed)
		roster.renew_root(roots[i], i)
	return ""


## Takes the copies of the scene out of the tree, which stand beside it.
func remove() -> void:
	for i: int in range(1, roots.size()):
		RLArenaBuilder.remove(roots[i])
	roots = []


## After a change of scene the first arena is the new one.
func renew_first(roster: RLRoster) -> void:
	var root: Node = roots[0] if is_instance_valid(roots[0]) else null
	if (root == null or not root.is_inside_tree()) and _tree.current_scene != null:
		roster.renew_root(_tree.current_scene)
		if roots.size() > 1:
			(
				RLLog
				. warn(
					(
						"the game changes scenes, which only the first of %d arenas can: give --arenas=1"
						% roots.size()
					)
				)
			)


## Number of the arena at whose root or below an agent stands; -1: none.
func arena_of(controller: Node) -> int:
	for i: int in roots.size():
		var root: Node = roots[i] if is_instance_valid(roots[i]) else null
		if root != null and (root == controller or root.is_ancestor_of(controller)):
			return i
	return -1


## Path of the scene's file; empty where it was made by a script.
func scene_path() -> String:
	var path: String = roots[0].scene_file_path
	if path.is_empty() and _tree.current_scene != null:
		path = _tree.current_scene.scene_file_path
	return path


## What is wrong with the numbers of agents in the arenas, or "".
func uneven() -> String:
	var first: int = RLRoster.find_agents(roots[0]).size()
	for i: int in range(1, roots.size()):
		var count: int = RLRoster.find_agents(roots[i]).size()
		if count != first:
			return (
				"arena %d has %d agents and arena 0 has %d: each copy of the scene must bring its own"
				% [i, count, first]
			)
	return ""


## What is told where [param waited] s found no agent.
func no_agent(waited: float) -> String:
	var where: String = "(none is running)"
	if _scene != null:
		where = _scene.scene_file_path
		if where.is_empty():
			where = str(_scene.name)
	return (
		(
			"no AIController in the scene %s after %.0f s: give --scene_path the scene that holds the "
			+ "agents, or add an AIController2D or AIController3D to this one"
		)
		% [where, waited]
	)
