class_name PongController
extends AIController3D
## The agent of one player. Both see the table from their own side, so one policy plays both.
##
## README.md beside this file lists observation, action and rewards.

const NAMES: PackedStringArray = [
	"place",
	"opponent_place",
	"ball_x",
	"ball_y",
	"ball_velocity_x",
	"ball_velocity_y",
	"ball_offset",
	"move",
	"opponent_move",
]
const WEIGHTS: Dictionary[StringName, float] = {
	&"point": 1.0,
	&"touch": 0.1,
}
## A person's keys by side: away from the viewer, towards the viewer.
const KEYS: Array[Array] = [[KEY_W, KEY_S], [KEY_UP, KEY_DOWN]]
## Speeds are observed in units of this, m/s.
const SPEED_UNIT: float = 10.0

@export var table: PongTable
## 0 left, 1 right.
@export var side: int = 0

var _winner: int = -1
var _touches: int = 0
var _terms: Dictionary[StringName, float] = {}
var _has_person: bool = false


func _physics_process(_delta: float) -> void:
	if heuristic == "human":
		var stick: int = _stick()
		_has_person = _has_person or stick != 0
		table.moves[side] = stick if _has_person else _follow()


## See AIController3D. PongTable.begin_arena() has drawn the serve.
func begin_episode(_episode_seed: int) -> void:
	_winner = -1
	_touches = 0
	_terms = {&"point": 0.0, &"touch": 0.0}


## See AIController3D.
func get_obs_size() -> int:
	return NAMES.size()


## See AIController3D.
func get_observation_names() -> Dictionary:
	return {"obs": NAMES}


## See AIController3D. Along x, the own goal is at -1 for both.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	var forward: float = -PongTable.direction_of(side)
	var width: float = PongTable.HALF_WIDTH
	buffer[offset] = table.places[side] / width
	buffer[offset + 1] = table.places[1 - side] / width
	buffer[offset + 2] = forward * table.ball.x / PongTable.HALF_LENGTH
	buffer[offset + 3] = table.ball.y / width
	buffer[offset + 4] = forward * table.ball_velocity.x / SPEED_UNIT
	buffer[offset + 5] = table.ball_velocity.y / SPEED_UNIT
	buffer[offset + 6] = (table.ball.y - table.places[side]) / width
	buffer[offset + 7] = table.moves[side]
	buffer[offset + 8] = table.moves[1 - side]


## See AIController3D.
func get_action_space() -> Dictionary:
	return {"move": {"size": 3, "action_type": "discrete"}}


## See AIController3D.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var move: int = action["move"]
	table.moves[side] = move - 1


## The ball was returned, by this player or the other one.
func note_touch(is_own: bool) -> void:
	_touches += int(is_own)
	_earn(&"touch", 1.0 if is_own else -1.0)


## The point is over; see PongTable.over.
func finish(winner: int) -> void:
	_winner = winner
	if winner < 0:
		truncated = true
		return
	_earn(&"point", 1.0 if winner == side else -1.0)
	terminated = true


## See AIController3D.
func get_info() -> Dictionary:
	if not done:
		return {}
	return {
		"is_success": _winner == side,
		"metrics":
		{
			"success": float(_winner == side),
			"conceded": float(_winner == 1 - side),
			"touches": float(_touches),
			"round_time": table.round_seconds - maxf(table.seconds_left, 0.0),
		},
		"reward_terms": _terms.duplicate(),
	}


func _earn(term: StringName, amount: float) -> void:
	var value: float = WEIGHTS[term] * amount
	_terms[term] += value
	reward += value


func _stick() -> int:
	var away: Key = KEYS[side][0]
	var towards: Key = KEYS[side][1]
	return int(Input.is_physical_key_pressed(towards)) - int(Input.is_physical_key_pressed(away))


# What a player without a person or a policy does: keeps its paddle at the ball.
func _follow() -> int:
	var gap: float = table.ball.y - table.places[side]
	return 0 if absf(gap) < 0.2 else (1 if gap > 0.0 else -1)
