class_name TagChaserController
extends TagController
## The agent of the chaser: drives a car, so it sees everything from its own seat.

const NAMES: PackedStringArray = [
	"runner_ahead",
	"runner_aside",
	"distance",
	"runner_velocity_ahead",
	"runner_velocity_aside",
	"speed",
	"place_x",
	"place_y",
	"looks_x",
	"looks_y",
	"pillar_1_ahead",
	"pillar_1_aside",
	"pillar_2_ahead",
	"pillar_2_aside",
	"time_left",
]
const KEYS: Array[Key] = [KEY_LEFT, KEY_RIGHT, KEY_UP, KEY_DOWN]

var _person: TagPerson = TagPerson.new(KEYS)


func _init() -> void:
	super._init()
	_side = -1.0


func _physics_process(_delta: float) -> void:
	if heuristic != "human":
		return
	if _person.plays():
		var stick: Vector2 = _person.stick()
		_drive(roundi(stick.x), -roundi(stick.y))
	else:
		_pursue()


## See AIController3D.
func get_obs_size() -> int:
	return NAMES.size()


## See AIController3D.
func get_observation_names() -> Dictionary:
	return {"obs": NAMES}


## See AIController3D.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	var me: TagChaser = arena.chaser
	var looks: Vector2 = me.forward()
	var gap: Vector2 = (arena.runner.place - me.place).rotated(-me.heading)
	var runs: Vector2 = arena.runner.velocity.rotated(-me.heading)
	var near: PackedVector2Array = arena.two_nearest_pillars(me.place)
	var first: Vector2 = near[0].rotated(-me.heading)
	var second: Vector2 = near[1].rotated(-me.heading)
	var bearing: Vector2 = gap.normalized()
	buffer[offset] = bearing.x
	buffer[offset + 1] = bearing.y
	buffer[offset + 2] = gap.length() / TagArena.HALF
	buffer[offset + 3] = runs.x / 5.0
	buffer[offset + 4] = runs.y / 5.0
	buffer[offset + 5] = me.speed / 5.0
	buffer[offset + 6] = me.place.x / TagArena.HALF
	buffer[offset + 7] = me.place.y / TagArena.HALF
	buffer[offset + 8] = looks.x
	buffer[offset + 9] = looks.y
	buffer[offset + 10] = first.x / TagArena.HALF
	buffer[offset + 11] = first.y / TagArena.HALF
	buffer[offset + 12] = second.x / TagArena.HALF
	buffer[offset + 13] = second.y / TagArena.HALF
	buffer[offset + 14] = arena.seconds_left / arena.round_seconds


## See AIController3D.
func get_action_space() -> Dictionary:
	return {
		"turn": {"size": 3, "action_type": "discrete"},
		"gas": {"size": 3, "action_type": "discrete"},
	}


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var turn: int = action["turn"]
	var gas: int = action["gas"]
	_drive(turn - 1, gas - 1)


func _drive(turn: int, gas: int) -> void:
	arena.chaser.turn = turn
	arena.chaser.gas = gas


# What a chaser without a player does: turns to the runner and goes.
func _pursue() -> void:
	var me: TagChaser = arena.chaser
	var gap: Vector2 = (arena.runner.place - me.place).rotated(-me.heading)
	var angle: float = gap.angle()
	_drive(0 if absf(angle) < 0.05 else signi(roundi(angle * 100.0)), 1 if absf(angle) < 1.2 else 0)
