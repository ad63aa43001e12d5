extends RefCounted
## Tells an explorer, with every decision, where the agents are and how long it took: in
## [code]info["explore"]["cell"][/code] what the controller's optional
## [code]get_cell() -> String[/code] says, [code]place[/code] the body's position below the arena's
## root, [code]outside[/code] why it is out of the world, [code]ms[/code] the longest physics tick.
##
## RLRunSession makes one where `--rl.explore=1` asks for it; RLStepBatch calls it. It changes
## nothing in the game. Warnings of the performance monitor become findings (RLFindings).

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const RLWorldBounds := preload("res://addons/godot_rl/findings/world_bounds.gd")
const MONITOR: NodePath = ^"/root/VoxelPerformanceMonitor"

var _roster: RLRoster
# Of each agent, the node that moves.
var _bodies: Dictionary[Node, Node] = {}
# Of each arena.
var _bounds: Array[RLWorldBounds] = []
# Tick of the clock at the last decision, of each arena.
var _told_ticks: Dictionary[int, int] = {}


func _init(roster: RLRoster) -> void:
	_roster = roster
	roster.tick_times.remembers = true
	for root: Node in roster.arena_roots:
		_bounds.append(RLWorldBounds.new(root))
	var monitor: Node = roster.arena_roots[0].get_node_or_null(MONITOR)
	if monitor != null and monitor.has_signal("warning_added"):
		if monitor.has_method("start"):
			monitor.call("start")
		monitor.connect(
			"warning_added",
			func(warning: Dictionary) -> void:
				RLFindings.report(monitor, str(warning["kind"]), str(warning["message"]))
		)


## Adds what it knows to the infos of a decision's agents.
func tell(infos: Array[Dictionary], agents: Array[Node]) -> void:
	for i: int in agents.size():
		var controller: Node = agents[i]
		if controller.is_inside_tree():
			infos[i] = infos[i].merged({"explore": _facts_of(controller)})
	for controller: Node in agents:
		_told_ticks[controller.arena_index] = _roster.tick


func _facts_of(controller: Node) -> Dictionary:
	var facts: Dictionary = {}
	if controller.has_method("get_cell"):
		facts["cell"] = str(controller.call("get_cell"))
	var times: Dictionary = _roster.tick_times.between(
		_told_ticks.get(controller.arena_index, _roster.tick), _roster.tick
	)
	if times.has("physics_ms_max"):
		facts["ms"] = times["physics_ms_max"]
	if controller.arena_index >= _bounds.size():
		return facts
	var bounds: RLWorldBounds = _bounds[controller.arena_index]
	var place: PackedFloat64Array = bounds.place_of(_body_of(controller))
	if place.is_empty():
		return facts
	var reason: String = bounds.outside(place)
	if not reason.is_empty():
		facts["outside"] = reason
	if not reason.begins_with("no number"):
		facts["place"] = Array(place)
	return facts


func _body_of(controller: Node) -> Node:
	var known: Node = _bodies.get(controller)
	if is_instance_valid(known) and known.is_inside_tree():
		return known
	_bodies[controller] = _find_body(controller)
	return _bodies[controller]


# What the controller was told to play; else the nearest body above it; else itself.
static func _find_body(controller: Node) -> Node:
	var player: Variant = controller.get("_player")
	if is_instance_valid(player) and (player is Node3D or player is Node2D):
		return player
	var node: Node = controller
	while node != null:
		if node is CollisionObject3D or node is CollisionObject2D:
			return node
		node = node.get_parent()
	return controller
