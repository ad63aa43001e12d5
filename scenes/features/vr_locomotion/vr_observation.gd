class_name VRObservation
extends Node
## What the VR agent sees: the player's state in its own frame, scaled to about [-1, 1].
##
## "Right" and "forward" are those of the head's yaw, level with the ground, the frame in which the
## sticks act. Rays are cast only when an observation is read; reading it changes nothing. README.md
## lists every element with its range and unit.

const NAMES: PackedStringArray = [
	"waypoint_right",
	"waypoint_forward",
	"waypoint_distance",
	"heading_sin",
	"heading_cos",
	"velocity_right",
	"velocity_forward",
	"ray_-30",
	"ray_0",
	"ray_30",
	"camera_pitch",
	"camera_yaw",
	"ray_60",
	"ray_90",
	"ray_120",
	"ray_150",
	"ray_180",
	"ray_-150",
	"ray_-120",
	"ray_-90",
	"ray_-60",
	"waypoints_left",
	"vignette",
	"acceleration_right",
	"acceleration_forward",
	"turn_load",
	"snap_armed",
	"teleport_armed",
	"teleport_cooldown",
	"contact",
	"turn_press",
	"trigger_press",
]
## Distance at which waypoint_distance is 1, m.
const DISTANCE_SCALE: float = 20.0
## Free distance at which a ray is 1, m, counted from the body's surface: how far the body can go in
## that direction. The value is the root of the share that is free, so that the last decimetres, where
## collisions happen, are told apart.
const RAY_RANGE: float = 6.0
## Radius of the body, m: rays start at its axis and at its flanks.
const BODY_RADIUS: float = 0.3
## Height of the rays above the ground, m; every obstacle is higher.
const RAY_HEIGHT: float = 0.6

@export var player: VRPlayer
@export var course: Course

# Index in NAMES and (right, forward) of each ray.
var _ray_indices: PackedInt32Array = []
var _ray_directions: PackedVector2Array = []
# One ray for all directions: it takes 0.6 of the time of PhysicsDirectSpaceState3D.intersect_ray(),
# which fills a dictionary. It hangs on the course, where no tick moves it, and casts on call only.
var _ray: RayCast3D = RayCast3D.new()


func _ready() -> void:
	_ray.enabled = false
	_ray.collision_mask = player.locomotion.obstacle_mask
	_ray.add_exception(player)
	course.add_child(_ray)
	_ray.global_rotation = Vector3.ZERO
	for i: int in NAMES.size():
		if NAMES[i].begins_with("ray_"):
			var angle: float = deg_to_rad(NAMES[i].trim_prefix("ray_").to_float())
			_ray_indices.append(i)
			_ray_directions.append(Vector2(sin(angle), cos(angle)))


## Writes the observation into [param values] from index [param at] on: NAMES.size() float32, each
## in about [-1, 1]. [param turn] and [param trigger] are where the agent's fingers are.
func write(values: PackedFloat32Array, at: int, turn: float, trigger: float) -> void:
	var locomotion: VRLocomotion = player.locomotion
	var right: Vector3 = locomotion.get_head_right()
	var forward: Vector3 = Vector3.UP.cross(right)
	_write_waypoint(values, at, right, forward)
	_write_rays(values, at, right, forward)
	var heading: Vector3 = course.global_basis.inverse() * forward
	values[at + 3] = -heading.x
	values[at + 4] = -heading.z
	values[at + 5] = player.velocity.dot(right) / locomotion.max_speed
	values[at + 6] = player.velocity.dot(forward) / locomotion.max_speed
	var look: Vector3 = player.camera.basis.get_euler()
	values[at + 10] = look.x / (PI / 2.0)
	values[at + 11] = look.y / PI
	var comfort: ComfortSystem = player.comfort
	values[at + 22] = comfort.intensity
	var felt: Vector3 = comfort.smoothed_acceleration / comfort.full_acceleration
	values[at + 23] = clampf(felt.dot(right), -1.0, 1.0)
	values[at + 24] = clampf(felt.dot(forward), -1.0, 1.0)
	values[at + 25] = comfort.turn_load
	values[at + 26] = 1.0 if locomotion.snap_armed else 0.0
	values[at + 27] = 1.0 if locomotion.teleport_armed else 0.0
	values[at + 28] = locomotion.cooldown_left / locomotion.teleport_cooldown
	values[at + 29] = 1.0 if player.in_contact else 0.0
	values[at + 30] = turn
	values[at + 31] = trigger


func _write_waypoint(values: PackedFloat32Array, at: int, right: Vector3, forward: Vector3) -> void:
	var offset: Vector3 = course.target - player.global_position
	offset.y = 0.0
	var distance: float = offset.length()
	var direction: Vector3 = offset / distance if distance > 1e-6 else Vector3.ZERO
	values[at] = direction.dot(right)
	values[at + 1] = direction.dot(forward)
	values[at + 2] = minf(distance / DISTANCE_SCALE, 1.0)
	var left: int = Course.WAYPOINT_COUNT - course.next_waypoint
	values[at + 21] = left / float(Course.WAYPOINT_COUNT)


# How far the body can go in each direction. One line would miss a box's corner that the body's
# flank runs into, so there are three: one through the body's axis, one along each flank.
func _write_rays(values: PackedFloat32Array, at: int, right: Vector3, forward: Vector3) -> void:
	var from: Vector3 = player.global_position + Vector3(0.0, RAY_HEIGHT, 0.0)
	for i: int in _ray_indices.size():
		var local: Vector2 = _ray_directions[i]
		var direction: Vector3 = right * local.x + forward * local.y
		var flank: Vector3 = Vector3(-direction.z, 0.0, direction.x) * BODY_RADIUS
		_ray.target_position = direction * (RAY_RANGE + BODY_RADIUS)
		var free: float = _cast(from) - BODY_RADIUS
		_ray.target_position = direction * RAY_RANGE
		free = minf(free, minf(_cast(from + flank), _cast(from - flank)))
		values[at + _ray_indices[i]] = sqrt(maxf(free, 0.0) / RAY_RANGE)


func _cast(from: Vector3) -> float:
	_ray.global_position = from
	_ray.force_raycast_update()
	if _ray.is_colliding():
		return from.distance_to(_ray.get_collision_point())
	return RAY_RANGE + BODY_RADIUS
