class_name TagRunnerController
extends TagController
## The agent of the runner: goes in any direction of the arena.

const NAMES: PackedStringArray = [
	"place_x",
	"place_y",
	"velocity_x",
	"velocity_y",
	"to_chaser_x",
	"to_chaser_y",
	"distance",
	"chaser_velocity_x",
	"chaser_velocity_y",
	"chaser_looks_x",
	"chaser_looks_y",
	"pillar_1_x",
	"pillar_1_y",
	"pillar_2_x",
	"pillar_2_y",
	"time_left",
]
const KEYS: Array[Key] = [KEY_A, KEY_D, KEY_W, KEY_S]

var _person: TagPerson = TagPerson.new(KEYS)


func _physics_process(_delta: float) -> void:
	if heuristic == "human":
		arena.runner.wish = _person.stick() if _person.plays() else _flight()


## See AIController3D.
func get_obs_size() -> int:
	return NAMES.size()


## See AIController3D.
func get_observation_names() -> Dictionary:
	return {"obs": NAMES}


## See AIController3D.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	var me: TagRunner = arena.runner
	var other: TagChaser = arena.chaser
	var gap: Vector2 = other.place - me.place
	var near: PackedVector2Array = arena.two_nearest_pillars(me.place)
	var looks: Vector2 = other.forward()
	buffer[offset] = me.place.x / TagArena.HALF
	buffer[offset + 1] = me.place.y / TagArena.HALF
	buffer[offset + 2] = me.velocity.x / 5.0
	buffer[offset + 3] = me.velocity.y / 5.0
	var bearing: Vector2 = gap.normalized()
	buffer[offset + 4] = bearing.x
	buffer[offset + 5] = bearing.y
	buffer[offset + 6] = gap.length() / TagArena.HALF
	buffer[offset + 7] = other.velocity.x / 5.0
	buffer[offset + 8] = other.velocity.y / 5.0
	buffer[offset + 9] = looks.x
	buffer[offset + 10] = looks.y
	buffer[offset + 11] = near[0].x / TagArena.HALF
	buffer[offset + 12] = near[0].y / TagArena.HALF
	buffer[offset + 13] = near[1].x / TagArena.HALF
	buffer[offset + 14] = near[1].y / TagArena.HALF
	buffer[offset + 15] = arena.seconds_left / arena.round_seconds


## See AIController3D.
func get_action_space() -> Dictionary:
	return {"move": {"size": 2, "action_type": "continuous"}}


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var move: Array = action["move"]
	var x: float = move[0]
	var y: float = move[1]
	arena.runner.wish = Vector2(x, y)


# What a runner without a player does: away from the chaser, and aside from the walls.
func _flight() -> Vector2:
	var me: Vector2 = arena.runner.place
	var away: Vector2 = (me - arena.chaser.place).normalized()
	return (away - (me / TagArena.HALF) * (me / TagArena.HALF).length_squared()).normalized()
