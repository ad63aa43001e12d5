class_name CarSense
extends RefCounted
## Turns what happens to one car into units of its reward terms, and counts for its metrics.
##
## CarController owns one and asks for a sample at each decision; events come from CarBall's
## signals. Terms that last are per second, so they do not depend on the ticks of a decision. It
## knows no weight.

## Speeds that count as 1, m/s.
const BALL_FAST: float = 60.0
const CAR_FAST: float = 23.0
## A hit that changes the ball's velocity by less is not strong, m/s.
const STRONG: float = 8.0
## A landing after less time in the air is none, s.
const LEAST_FLIGHT: float = 0.5
## Who begins with its up further from the world's than this cosine begins on roof or side.
const LYING: float = 0.3
## How long a shot may take to the goal, s.
const SHOT_TIME: float = 4.0

var touches: int = 0
var turtles: int = 0
var recoveries: int = 0
## Seconds from lying on the roof or side to standing on the wheels, summed.
var recovery_seconds: float = 0.0
## Of each touch the cosine between where the ball then flies and the way to the goal, summed.
var aims: float = 0.0

var _arena: CarBall
var _car: CarBody
var _rewards: CarRewards
var _sampled: int = 0
var _air_time: float = 0.0
var _turtled_at: int = -1
# The episode began on the roof or side, and the car has not lain since: getting up is a gain.
var _began_lying: bool = false
var _air_ticks: int = 0
var _way: float = 0.0
# The ball's velocity before the touch that is looked at in the next sample; INF: none.
var _before: Vector3 = Vector3.INF
var _touched_in_air: bool = false


func _init(arena: CarBall, car: CarBody, rewards: CarRewards) -> void:
	_arena = arena
	_car = car
	_rewards = rewards
	arena.touched.connect(_on_touched)
	arena.scored.connect(_on_scored)
	arena.boosted.connect(_on_boosted)


## An episode begins.
func begin() -> void:
	touches = 0
	turtles = 0
	recoveries = 0
	recovery_seconds = 0.0
	aims = 0.0
	_sampled = 0
	_air_time = 0.0
	_turtled_at = -1
	_began_lying = _car.attitude.y.y < LYING
	_air_ticks = 0
	_way = 0.0
	_before = Vector3.INF


## Adds what has come since the last sample.
func sample() -> void:
	var now: int = _arena.ticks
	if now == _sampled:
		return
	_arena.look()
	var seconds: float = (now - _sampled) * CarBall.DELTA
	var ball: BallBody = _arena.ball
	var gap: Vector3 = ball.place - _car.place
	var to_ball: Vector3 = gap.normalized()
	var goal: Vector3 = CarBall.goal_of(1 - _car.team)
	var to_goal: Vector3 = (goal - ball.place).normalized()
	var own_goal: Vector3 = CarBall.goal_of(_car.team)
	var danger: float = ball.velocity.dot((own_goal - ball.place).normalized())
	_rewards.add(&"velocity_ball_to_goal", ball.velocity.dot(to_goal) / BALL_FAST * seconds)
	_rewards.add(&"velocity_to_ball", _car.velocity.dot(to_ball) / CAR_FAST * seconds)
	_rewards.add(&"face_ball", -_car.attitude.z.dot(to_ball) * seconds)
	var attack: float = to_ball.dot((goal - _car.place).normalized())
	var defence: float = to_ball.dot((_car.place - own_goal).normalized())
	_rewards.add(&"align_ball_to_goal", 0.5 * (attack + defence) * seconds)
	_rewards.add(&"negative_velocity_toward_own_goal", maxf(danger, 0.0) / BALL_FAST * seconds)
	_rewards.add(
		&"liu_distance_ball_to_goal", exp(-0.5 * goal.distance_to(ball.place) / BALL_FAST) * seconds
	)
	_rewards.add(&"save_boost", sqrt(_car.boost / CarBody.BOOST_MOST) * seconds)
	if _car.wheels == 0:
		_rewards.add(&"in_air", seconds)
		_air_ticks += now - _sampled
	_way += _car.velocity.length() * seconds
	_look_at_landing()
	if _before != Vector3.INF:
		_look_at_hit(to_goal)
	_sampled = now


## The episode is over: the last sample.
func finish() -> void:
	sample()


## The metrics of an episode that has ended.
func metrics() -> Dictionary:
	var seconds: float = maxf(_arena.ticks * CarBall.DELTA, CarBall.DELTA)
	return {
		"success": float(_arena.scorer == _car.team),
		"conceded": float(_arena.scorer == 1 - _car.team),
		"touches": touches,
		"touches_per_minute": touches * 60.0 / seconds,
		"aim": aims / maxf(touches, 1.0),
		"turtles": turtles,
		"recovered": 1.0 if turtles == 0 else float(recoveries) / turtles,
		"recovery_time": recovery_seconds / maxf(recoveries, 1.0),
		"air_share": _air_ticks * CarBall.DELTA / seconds,
		"speed": _way / seconds,
		"round_time": seconds,
	}


func _look_at_landing() -> void:
	if _car.turtle_time > 0.0:
		if _turtled_at < 0:
			_turtled_at = _arena.ticks
			turtles += 1
			# Else a car would earn most by tipping over again and again.
			if not _began_lying:
				_rewards.add(&"recovery_and_landing", -1.0)
			_began_lying = false
	elif _turtled_at >= 0 and _car.wheels >= 3:
		recoveries += 1
		recovery_seconds += (_arena.ticks - _turtled_at) * CarBall.DELTA
		_turtled_at = -1
		_rewards.add(&"recovery_and_landing", 1.0)
	elif _air_time > LEAST_FLIGHT and _car.wheels >= 3:
		# The more speed it keeps along its nose, the better it has landed.
		_rewards.add(&"recovery_and_landing", absf(_car.forward_speed()) / CAR_FAST)
	_air_time = _car.air_time


# What the touch before this sample has made of the ball.
func _look_at_hit(to_goal: Vector3) -> void:
	var ball: BallBody = _arena.ball
	var change: float = (ball.velocity - _before).length()
	_before = Vector3.INF
	aims += ball.velocity.normalized().dot(to_goal)
	if change >= STRONG:
		_rewards.add(&"strong_hit", minf(change / BALL_FAST, 1.0))
	var forward: float = maxf(ball.velocity.dot(to_goal), 0.0) / BALL_FAST
	if _touched_in_air:
		_rewards.add(&"jump_shot", forward)
	if is_on_target(ball.place, ball.velocity, _car.team):
		_rewards.add(&"basic_shot", forward)


## Whether a ball flies into the goal that [param team] attacks, if nothing stops it; bounces off
## the floor count as flying on.
static func is_on_target(place: Vector3, velocity: Vector3, team: int) -> bool:
	var line: float = CarBall.goal_of(1 - team).z
	if velocity.z * (line - place.z) <= 0.0:
		return false
	var time: float = (line - place.z) / velocity.z
	if time > SHOT_TIME:
		return false
	var x: float = place.x + velocity.x * time
	var y: float = place.y + velocity.y * time - 0.5 * BallBody.GRAVITY * time * time
	var room: float = CarField.GOAL_HALF - BallBody.RADIUS
	return absf(x) < room and y < CarField.GOAL_HEIGHT - BallBody.RADIUS


func _on_touched(car: CarBody, before: Vector3) -> void:
	if car != _car:
		return
	touches += 1
	_rewards.add(&"touch", 1.0)
	_before = before
	_touched_in_air = car.wheels == 0 and car.has_jumped


func _on_scored(team: int) -> void:
	_rewards.add(&"goal" if team == _car.team else &"concede", 1.0)


func _on_boosted(car: CarBody, gained: float) -> void:
	if car == _car:
		var had: float = car.boost - gained
		_rewards.add(&"collect_boost", (sqrt(car.boost) - sqrt(had)) / 10.0)
