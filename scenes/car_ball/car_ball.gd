class_name CarBall
extends Node3D
## Root of the scenario `car_ball`: two teams of cars push a ball into each other's goal.
##
## It builds field, cars and ball, draws a start from the arena's seed, moves everything each
## physics tick in a fixed order, and says what happened: touches, goals, ends. README.md lists
## observations, actions, rewards, starts and ends. It knows no policy and no reward.

## A start was drawn; cars and ball stand there.
signal begun
## A car touched the ball; it had not for [constant TOUCH_REST]. [param before]: the ball's
## velocity.
signal touched(car: CarBody, before: Vector3)
## [param team] scored.
signal scored(team: int)
## A car took [param gained] boost from a pad, on top of what it had.
signal boosted(car: CarBody, gained: float)
## The episode is over; [param by_goal]: not by a limit.
signal over(by_goal: bool)

## Physics ticks a second, and of a decision.
const TICKS: int = 120
const DECISION_TICKS: int = 8
const DELTA: float = 1.0 / TICKS
## A touch that goes on counts once; one that begins after so many ticks without is a new one.
const TOUCH_REST: int = 12
const TEAM_NAMES: Array[String] = ["blue", "orange"]

## Room of one copy of the scene, m.
@export var arena_size: Vector3 = Vector3(92.0, 24.0, 132.0)
## A goal ends the episode of all.
@export var arena_episodes: String = "together"
## Cars of each team.
@export_range(1, 3) var team_size: int = 1
## How many observations in a row a policy gets as one (AIController3D).
@export_range(1, 4) var observation_stack: int = 1

## All cars, those of team 0 first; and the ball.
var cars: Array[CarBody] = []
var ball: BallBody = BallBody.new()
var pads: BoostPads = BoostPads.new()
var settings: CarSettings = CarSettings.new()
var starts: CarStarts = CarStarts.new(self)
## Ticks of the episode, and since the last touch by anyone.
var ticks: int = 0
var idle_ticks: int = 0
## Whether an episode is going on.
var is_on: bool = false
## The team that scored in this episode; -1: none.
var scorer: int = -1
## Who touched the ball last; -1: nobody in this episode.
var last_toucher: int = -1
## Goals of both teams since the match began, and its seconds; for who watches, never observed.
var goals: PackedInt32Array = [0, 0]
var match_seconds: float = 0.0

var _origin: Vector3 = Vector3.ZERO
var _looked_in: int = -1
# Of each car: tick of its last touch, and what the hit adds to the ball after this step.
var _touch_ticks: PackedInt32Array = []
var _pending: PackedVector3Array = []


func _enter_tree() -> void:
	Engine.physics_ticks_per_second = TICKS
	if cars.is_empty():
		_build()


func _exit_tree() -> void:
	Engine.physics_ticks_per_second = ProjectSettings.get_setting(
		"physics/common/physics_ticks_per_second"
	)


func _physics_process(_delta: float) -> void:
	if not is_on:
		return
	look()
	_judge()
	if not is_on:
		return
	for i: int in cars.size():
		var car: CarBody = cars[i]
		car.advance(DELTA)
		if car.place.y < BoostPads.REACH:
			var gained: float = pads.take(car.place, ticks)
			if gained > 0.0:
				var had: float = car.boost
				car.boost = minf(had + gained, CarBody.BOOST_MOST)
				boosted.emit(car, car.boost - had)
		if settings.unlimited_boost:
			car.boost = CarBody.BOOST_MOST
	for i: int in cars.size():
		# What a hit adds comes after the collision itself.
		ball.velocity += _pending[i]
		_pending[i] = Vector3.ZERO
		if ball.meets(cars[i]):
			_touch(i)
	ball.advance(DELTA)
	ticks += 1
	idle_ticks += 1
	match_seconds += DELTA


## Draws the next start; the addon calls it before the agents' begin_episode().
func begin_arena(arena_seed: int) -> void:
	_origin = global_position
	_read_settings()
	ticks = 0
	idle_ticks = 0
	scorer = -1
	last_toucher = -1
	_touch_ticks.fill(-TOUCH_REST)
	_pending.fill(Vector3.ZERO)
	pads.begin()
	if match_seconds >= settings.match_seconds:
		match_seconds = 0.0
		goals = [0, 0]
	starts.draw(arena_seed)
	_looked_in = Engine.get_physics_frames()
	is_on = true
	begun.emit()


## Reads where everything is now, once a physics step.
func look() -> void:
	var frame: int = Engine.get_physics_frames()
	if frame == _looked_in:
		return
	_looked_in = frame
	for car: CarBody in cars:
		car.look(_origin)
	ball.look(_origin)


## Puts the ball somewhere, for starts.
func put_ball(at: Vector3, moving: Vector3 = Vector3.ZERO, turning: Vector3 = Vector3.ZERO) -> void:
	ball.put(Transform3D(Basis.IDENTITY, at), moving, turning, _origin)


## Puts a car somewhere, for starts.
func put_car(
	car: CarBody, at: Transform3D, moving: Vector3, turning: Vector3, boost: float
) -> void:
	car.begin(at, moving, turning, boost, _origin)


## What else its looks depend on, for a window that watches a training (docs/watching.md).
func get_watch_state() -> Dictionary:
	var told: Array = []
	for car: CarBody in cars:
		var controls: CarControls = car.controls
		told.append(
			[
				snappedf(car.boost, 0.1),
				int(car.is_boosting),
				controls.steer,
				snappedf(car.forward_speed(), 0.01)
			]
		)
	return {
		"goals": goals,
		"seconds": snappedf(match_seconds, 0.1),
		"ticks": ticks,
		"pads": pads.ready_at,
		"cars": told,
		"start": starts.kind,
		"phase": settings.phase
	}


## Takes what [method get_watch_state] told elsewhere.
func show_watch_state(state: Dictionary) -> void:
	goals = PackedInt32Array(state["goals"])
	match_seconds = state["seconds"]
	ticks = state["ticks"]
	pads.ready_at = PackedInt32Array(state["pads"])
	starts.kind = state["start"]
	settings.phase = state["phase"]
	for i: int in mini(cars.size(), (state["cars"] as Array).size()):
		var row: Array = state["cars"][i]
		cars[i].boost = row[0]
		cars[i].is_boosting = row[1] > 0
		cars[i].controls.steer = row[2]
		# Cars show how fast their wheels turn by their velocity.
		cars[i].attitude = cars[i].global_basis
		cars[i].velocity = -cars[i].global_basis.z * float(row[3])


## The middle of the goal that [param team] defends.
static func goal_of(team: int) -> Vector3:
	var z: float = CarField.HALF_Z if team == 0 else -CarField.HALF_Z
	return Vector3(0.0, CarField.GOAL_HEIGHT / 2.0, z)


# Where the arena stands among all of the run is told by its first agent's number.
func _read_settings() -> void:
	var controller: CarController = cars[0].get_node("AIController3D")
	var agents: int = cars.size()
	var number: int = floori(float(controller.rl_episode.agent_index) / agents)
	var arenas: int = maxi(floori(float(controller.rl_episode.agent_total) / agents), 1)
	settings.read(posmod(number, arenas), arenas)


# The ball is in a goal, or a limit is reached.
func _judge() -> void:
	if absf(ball.place.z) > CarField.GOAL_LINE:
		scorer = 1 if ball.place.z > 0.0 else 0
		goals[scorer] += 1
		scored.emit(scorer)
		_end(true)
	elif ticks >= settings.last_tick or idle_ticks >= settings.last_idle_tick:
		_end(false)


func _touch(index: int) -> void:
	var car: CarBody = cars[index]
	var is_new: bool = ticks - _touch_ticks[index] >= TOUCH_REST
	# A contact pushes once, until the car and the ball have been apart for a tick.
	if ticks - _touch_ticks[index] > 1:
		_pending[index] = ball.extra_of(car)
	_touch_ticks[index] = ticks
	idle_ticks = 0
	last_toucher = index
	if is_new:
		touched.emit(car, ball.velocity)


func _end(by_goal: bool) -> void:
	is_on = false
	over.emit(by_goal)


func _build() -> void:
	var field: StaticBody3D = StaticBody3D.new()
	field.name = "Field"
	var collision: CollisionShape3D = CollisionShape3D.new()
	collision.shape = CarFieldMesh.shape()
	field.add_child(collision)
	field.physics_material_override = PhysicsMaterial.new()
	field.physics_material_override.friction = 1.0
	field.physics_material_override.bounce = 0.6
	add_child(field)
	ball.name = "Ball"
	ball.position = Vector3(0.0, BallBody.REST_HEIGHT, 0.0)
	add_child(ball)
	for team: int in 2:
		for seat: int in team_size:
			var car: CarBody = CarBody.new()
			car.name = "%s%d" % [TEAM_NAMES[team].capitalize(), seat + 1]
			car.team = team
			car.seat = seat
			car.position = starts.kickoff_of(team, seat).origin
			var controller: CarController = CarController.new()
			controller.name = "AIController3D"
			controller.arena = self
			controller.car = car
			controller.observation_stack = observation_stack
			controller.policy_name = TEAM_NAMES[team]
			car.add_child(controller)
			cars.append(car)
			add_child(car)
	_touch_ticks.resize(cars.size())
	_pending.resize(cars.size())
