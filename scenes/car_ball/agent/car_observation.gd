class_name CarObservation
extends RefCounted
## What one car sees, with names; README.md has the table.
##
## CarController owns one. All is as team 0 would see it: for team 1 the field is turned by half a
## circle, so one policy plays both. About [-1, 1]; reading it changes nothing.

const OWN: Array[String] = [
	"place_x",
	"place_y",
	"place_z",
	"ahead_x",
	"ahead_y",
	"ahead_z",
	"up_x",
	"up_y",
	"up_z",
	"velocity_x",
	"velocity_y",
	"velocity_z",
	"spin_right",
	"spin_up",
	"spin_back",
	"boost",
	"wheels",
	"can_jump",
	"has_flipped",
	"is_dodging",
	"slide",
	"is_turtled",
]
const BALL: Array[String] = [
	"ball_x",
	"ball_y",
	"ball_z",
	"ball_velocity_x",
	"ball_velocity_y",
	"ball_velocity_z",
	"ball_spin_x",
	"ball_spin_y",
	"ball_spin_z",
	"to_ball_right",
	"to_ball_up",
	"to_ball_back",
	"ball_moves_right",
	"ball_moves_up",
	"ball_moves_back",
	"ball_distance",
]
const CONTEXT: Array[String] = [
	"goal_right",
	"goal_up",
	"goal_back",
	"own_goal_right",
	"own_goal_up",
	"own_goal_back",
	"ball_goal_right",
	"ball_goal_up",
	"ball_goal_back",
	"ball_to_goal",
	"ball_to_own_goal",
	"time_left",
	"idle_time",
]
const OTHER: Array[String] = [
	"right",
	"up",
	"back",
	"moves_right",
	"moves_up",
	"moves_back",
	"ahead_x",
	"ahead_y",
	"ahead_z",
	"boost",
	"wheels",
	"is_turtled",
]
const PAD: Array[String] = ["right", "back", "is_big", "ready"]
const CAR_PADS: int = 3
const BALL_PADS: int = 2
const LAST: Array[String] = [
	"last_throttle",
	"last_steer",
	"last_pitch",
	"last_yaw",
	"last_roll",
	"last_jump",
	"last_boost",
	"last_handbrake",
]
## Units: lengths in m, speeds in m/s, turns in rad/s.
const REACH: float = 40.0
const FIELD: Vector3 = Vector3(1.0 / CarField.HALF_X, 1.0 / CarField.HEIGHT, 1.0 / CarField.HALF_Z)
const FAST: float = 23.0
const PAD_REACH: float = 20.0

# Cell of 4 m -> pads, nearest first.
static var _near: Dictionary[Vector2i, PackedInt32Array] = {}

var _arena: CarBall
var _car: CarBody
var _others: Array[CarBody] = []
var _buffer: PackedFloat32Array = []
var _at: int = 0


func _init(arena: CarBall, car: CarBody) -> void:
	_arena = arena
	_car = car


## How many elements it has for so many cars a team.
static func size_for(team_size: int) -> int:
	var others: int = 2 * team_size - 1
	return (
		OWN.size()
		+ BALL.size()
		+ CONTEXT.size()
		+ others * OTHER.size()
		+ (CAR_PADS + BALL_PADS) * PAD.size()
		+ LAST.size()
	)


## Their names, in order.
static func names_for(team_size: int) -> PackedStringArray:
	var names: PackedStringArray = PackedStringArray(OWN + BALL + CONTEXT)
	var others: Array[String] = []
	for i: int in team_size - 1:
		others.append("mate_%d" % (i + 1))
	for i: int in team_size:
		others.append("opponent_%d" % (i + 1))
	for other: String in others:
		for part: String in OTHER:
			names.append("%s_%s" % [other, part])
	for i: int in CAR_PADS + BALL_PADS:
		var pad: String = "pad_%d" % (i + 1) if i < CAR_PADS else "ball_pad_%d" % (i + 1 - CAR_PADS)
		for part: String in PAD:
			names.append("%s_%s" % [pad, part])
	names.append_array(PackedStringArray(LAST))
	return names


## Writes it into [param buffer] from [param offset] on.
func write(buffer: PackedFloat32Array, offset: int) -> void:
	if _others.is_empty():
		_find_others()
	# A PackedArray is handed over by reference: what is written here is in the caller's.
	_at = offset
	var side: float = 1.0 if _car.team == 0 else -1.0
	var turn: Vector3 = Vector3(side, 1.0, side)
	var ball: BallBody = _arena.ball
	var attitude: Basis = _car.attitude
	_put(buffer, _car.place * FIELD * turn)
	_put(buffer, -attitude.z * turn)
	_put(buffer, attitude.y * turn)
	_put(buffer, _car.velocity / FAST * turn)
	_put(buffer, _car.spin * attitude / CarChassis.MOST_SPIN)
	buffer[_at] = _car.boost / CarBody.BOOST_MOST
	buffer[_at + 1] = _car.wheels / 4.0
	buffer[_at + 2] = float(_car.can_jump())
	buffer[_at + 3] = float(_car.has_flipped)
	buffer[_at + 4] = float(_car.is_dodging)
	buffer[_at + 5] = _car.slide
	buffer[_at + 6] = float(_car.turtle_time > 0.0)
	_at += 7
	var gap: Vector3 = ball.place - _car.place
	_put(buffer, ball.place * FIELD * turn)
	_put(buffer, ball.velocity / FAST * turn)
	_put(buffer, ball.spin / BallBody.MOST_SPIN * turn)
	# Its distance stands apart: close by, where a hit is aimed, an offset would be a tiny number.
	_put(buffer, gap.normalized() * attitude)
	_put(buffer, (ball.velocity - _car.velocity) * attitude / FAST)
	buffer[_at] = sqrt(gap.length() / 100.0)
	_at += 1
	_put_context(buffer, attitude)
	for other: CarBody in _others:
		_put(buffer, (other.place - _car.place) * attitude / REACH)
		_put(buffer, (other.velocity - _car.velocity) * attitude / FAST)
		_put(buffer, -other.attitude.z * turn)
		buffer[_at] = other.boost / CarBody.BOOST_MOST
		buffer[_at + 1] = other.wheels / 4.0
		buffer[_at + 2] = float(other.turtle_time > 0.0)
		_at += 3
	var level: Vector2 = Vector2(attitude.x.x, attitude.x.z)
	var back: Vector2 = Vector2(attitude.z.x, attitude.z.z)
	_put_pads(buffer, _car.place, CAR_PADS, level, back, side)
	# Near the ball as the team looks at the field.
	_put_pads(buffer, ball.place, BALL_PADS, Vector2(side, 0.0), Vector2(0.0, side), side)
	var controls: CarControls = _car.controls
	buffer[_at] = controls.throttle
	buffer[_at + 1] = controls.steer
	buffer[_at + 2] = controls.pitch
	buffer[_at + 3] = controls.yaw
	buffer[_at + 4] = controls.roll
	buffer[_at + 5] = float(controls.jump)
	buffer[_at + 6] = float(controls.boost)
	buffer[_at + 7] = float(controls.handbrake)


func _put_context(buffer: PackedFloat32Array, attitude: Basis) -> void:
	var theirs: Vector3 = CarBall.goal_of(1 - _car.team)
	var ours: Vector3 = CarBall.goal_of(_car.team)
	_put(buffer, (theirs - _car.place).normalized() * attitude)
	_put(buffer, (ours - _car.place).normalized() * attitude)
	_put(buffer, (theirs - _arena.ball.place).normalized() * attitude)
	buffer[_at] = _arena.ball.place.distance_to(theirs) / 100.0
	buffer[_at + 1] = _arena.ball.place.distance_to(ours) / 100.0
	buffer[_at + 2] = 1.0 - float(_arena.ticks) / _arena.settings.last_tick
	buffer[_at + 3] = float(_arena.idle_ticks) / _arena.settings.last_idle_tick
	_at += 4


func _put(buffer: PackedFloat32Array, value: Vector3) -> void:
	buffer[_at] = value.x
	buffer[_at + 1] = value.y
	buffer[_at + 2] = value.z
	_at += 3


# Offsets of the nearest pads in two directions of the floor, whether big, and 1 when ready, else
# the rest that is left.
func _put_pads(
	buffer: PackedFloat32Array,
	place: Vector3,
	count: int,
	right: Vector2,
	back: Vector2,
	side: float
) -> void:
	var here: Vector2 = Vector2(place.x, place.z)
	var near: PackedInt32Array = _nearest(here, side)
	for i: int in count:
		var pad: int = near[i]
		var gap: Vector2 = BoostPads.place_of(pad) - here
		buffer[_at] = gap.dot(right) / PAD_REACH
		buffer[_at + 1] = gap.dot(back) / PAD_REACH
		buffer[_at + 2] = float(BoostPads.is_big(pad))
		var wait: int = _arena.pads.ready_at[pad] - _arena.ticks
		buffer[_at + 3] = 1.0 if wait <= 0 else -wait / (BoostPads.BIG_REST * CarBall.TICKS)
		_at += 4


func _find_others() -> void:
	for team: int in [_car.team, 1 - _car.team]:
		for car: CarBody in _arena.cars:
			if car.team == team and car != _car:
				_others.append(car)


# By the middle of the cell of 4 m in which a place is, as team 0 sees the field: ties are broken
# alike for both teams. The kickoff spot is the middle of a cell, so rounding does not choose.
static func _nearest(here: Vector2, side: float) -> PackedInt32Array:
	var cell: Vector2i = Vector2i((here * side / 4.0).round())
	var key: Vector2i = cell if side > 0.0 else Vector2i(cell.x + 1000, cell.y)
	if _near.has(key):
		return _near[key]
	var middle: Vector2 = Vector2(cell) * 4.0
	var order: Array = []
	for pad: int in BoostPads.count():
		var at: Vector2 = BoostPads.place_of(pad) * side
		order.append([snappedf(middle.distance_squared_to(at), 1e-4), at.x, at.y, pad])
	order.sort()
	var found: PackedInt32Array = []
	for i: int in CAR_PADS:
		found.append(order[i][3])
	_near[key] = found
	return found
