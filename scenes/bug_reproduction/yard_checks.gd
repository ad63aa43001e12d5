class_name YardChecks
extends Node
## Looks at the game from outside and reports what no sound game does: detectors, one for each kind
## of finding. They know no switch of a planted bug and change nothing.
##
## "missing_ground": the player falls where the yard has ground. "tunnelling": between two ticks the
## player's middle went through a wall. "stuck": the player asks to go one way and then the other,
## and stays. "node_leak": the scene holds more and more nodes.

## How deep a player is when he has fallen through, m.
const FALLEN: float = 0.5
## A player who stays within this distance, m, while he asks for so many seconds each for opposite
## ways, is stuck.
const STUCK_RANGE: float = 0.05
const STUCK_TIME: float = 0.6
## How firmly a way has to be asked for, share of the stick.
const STUCK_STICK: float = 0.5
## Nodes more than at the episode's start that count as a leak. Over 1,000 random episodes of the
## clean game the most was 0.
const LEAKED_NODES: int = 10
## A tick's way that is shorter than this goes through no wall, m.
const SHORT: float = YardWalls.THICKNESS / 2.0
## Ticks between two counts of the nodes.
const COUNT_TICKS: int = 90

@export var root: Node3D
@export var player: YardPlayer

var _last: Vector3 = Vector3.ZERO
var _anchor: Vector3 = Vector3.ZERO
# Seconds for which each quarter of the horizon was asked for since the player last moved.
var _asked_s: PackedFloat32Array = [0.0, 0.0, 0.0, 0.0]
var _first_count: int = 0
var _ray: PhysicsRayQueryParameters3D = PhysicsRayQueryParameters3D.new()


func _ready() -> void:
	_ray.collision_mask = YardWalls.SOLID
	_ray.hit_from_inside = false


## An episode begins.
func restart() -> void:
	_last = player.place
	_move_anchor()
	_first_count = _count_nodes(root)


## Looks at what the tick brought.
func step(delta: float) -> void:
	_check_ground()
	_check_walls()
	_check_stuck(delta)
	if player.ticks % COUNT_TICKS == 0:
		_check_nodes()
	_last = player.place


func _check_ground() -> void:
	if player.place.y < -FALLEN and YardWalls.is_inside(player.place):
		RLFindings.report(
			self, "missing_ground", "the player fell through the yard's ground", _where()
		)


# A ray from where the middle was to where it is hits nothing unless something is in between.
func _check_walls() -> void:
	if player.place.distance_squared_to(_last) < SHORT * SHORT:
		return
	var middle: Vector3 = Vector3(0.0, YardWalls.HEIGHT / 2.0, 0.0)
	var parent: Node3D = player.get_parent()
	_ray.from = parent.global_transform * (_last + middle)
	_ray.to = parent.global_transform * (player.place + middle)
	var hit: Dictionary = player.get_world_3d().direct_space_state.intersect_ray(_ray)
	if not hit.is_empty():
		RLFindings.report(self, "tunnelling", "the player went through a wall", _where())


func _check_stuck(delta: float) -> void:
	if player.place.distance_to(_anchor) > STUCK_RANGE:
		_move_anchor()
		return
	if player.asked.length() < STUCK_STICK:
		return
	var quarter: int = posmod(floori(atan2(player.asked.x, player.asked.z) / (PI / 2.0)), 4)
	_asked_s[quarter] += delta
	for i: int in 2:
		if minf(_asked_s[i], _asked_s[i + 2]) > STUCK_TIME:
			RLFindings.report(self, "stuck", "the player cannot leave a place", _where())
			_move_anchor()


func _check_nodes() -> void:
	var more: int = _count_nodes(root) - _first_count
	if more >= LEAKED_NODES:
		RLFindings.report(
			self, "node_leak", "the scene holds more and more nodes", {"more_nodes": more}
		)


func _move_anchor() -> void:
	_anchor = player.place
	_asked_s.fill(0.0)


func _where() -> Dictionary:
	return {"place": player.place, "speed": player.speed, "spin": player.spin}


# What only draws is not counted: there is none without a screen.
static func _count_nodes(node: Node) -> int:
	var count: int = 1
	for child: Node in node.get_children():
		if not child is VisualInstance3D:
			count += _count_nodes(child)
	return count
