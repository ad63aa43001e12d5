class_name CarStarts
extends RefCounted
## Draws how an episode begins: where cars and ball are and how they move.
##
## CarBall asks it in begin_arena(). Each kind has a weight (environment parameter `start_<kind>`);
## README.md tells what each one is. Everything is drawn from the arena's seed.

const KINDS: Array[String] = ["kickoff", "random", "turtled", "replayed", "wall", "aerial", "jump"]
## Those that train a single skill; `mechanics_weight` multiplies them.
const MECHANICS: Array[String] = ["wall", "aerial", "jump"]
## Places and directions of a kickoff for team 0: (x, z, angle from -z to the left), in m and rad.
const KICKOFFS: Array[Vector3] = [
	Vector3(-20.48, 25.6, -PI / 4.0),
	Vector3(20.48, 25.6, PI / 4.0),
	Vector3(-2.56, 38.4, 0.0),
	Vector3(2.56, 38.4, 0.0),
	Vector3(0.0, 46.08, 0.0),
]

## The kind of the running episode's start.
var kind: String = KINDS[0]

var _arena: CarBall
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _init(arena: CarBall) -> void:
	_arena = arena


## Puts cars and ball at the start of the episode of this seed.
func draw(arena_seed: int) -> void:
	_rng.seed = arena_seed
	kind = KINDS[_kind()]
	match kind:
		"kickoff":
			_kick_off()
		"random":
			_scatter(0.0)
		"turtled":
			_scatter(1.0)
		"replayed":
			_replay()
		"wall":
			_wall()
		"aerial":
			_aerial()
		"jump":
			_jump()


## The place of [param seat] of a team in the first of the kickoffs.
func kickoff_of(team: int, seat: int) -> Transform3D:
	return _of_team(team, _standing(KICKOFFS[seat]))


func _kind() -> int:
	var weights: PackedFloat32Array = _arena.settings.start_weights
	var total: float = 0.0
	for weight: float in weights:
		total += weight
	var left: float = _rng.randf() * total
	for i: int in weights.size():
		left -= weights[i]
		if left < 0.0:
			return i
	return 0


# Both teams at the same of five places, the ball in the middle.
func _kick_off() -> void:
	_arena.put_ball(Vector3(0.0, BallBody.REST_HEIGHT, 0.0))
	var order: Array[int] = [0, 1, 2, 3, 4]
	for i: int in range(4, 0, -1):
		var j: int = _rng.randi_range(0, i)
		var kept: int = order[i]
		order[i] = order[j]
		order[j] = kept
	for car: CarBody in _arena.cars:
		var kickoff: Vector3 = KICKOFFS[order[car.seat]]
		var spread: float = _arena.settings.kickoff_spread
		if spread > 0.0:
			kickoff.x += _rng.randf_range(-spread, spread)
			kickoff.y += _rng.randf_range(-spread, spread)
		var at: Transform3D = _of_team(car.team, _standing(kickoff))
		_arena.put_car(car, at, Vector3.ZERO, Vector3.ZERO, CarBody.KICKOFF_BOOST)


# Ball and cars anywhere, moving; half of all in the air. `turtled`: how likely a car lies on its
# roof or side.
func _scatter(turtled: float) -> void:
	var ball_place: Vector3 = _anywhere(3.0)
	ball_place.y = BallBody.REST_HEIGHT
	if _rng.randf() < 0.5:
		ball_place.y = _rng.randf_range(1.0, 16.0)
	_arena.put_ball(ball_place, _direction() * _rng.randf_range(0.0, 30.0), _direction() * 3.0)
	for car: CarBody in _arena.cars:
		var at: Transform3D = _facing_anywhere(_away_from(ball_place))
		var boost: float = _rng.randf_range(0.0, CarBody.BOOST_MOST)
		var speed: float = _rng.randf_range(-5.0, 22.0)
		if turtled > 0.0 and _rng.randf() < turtled:
			at.origin.y = 0.5
			var tilt: float = _rng.randf_range(0.7, 1.3) * PI
			at.basis = at.basis * Basis(Vector3.BACK, tilt)
			_arena.put_car(car, at, _direction(), Vector3.ZERO, boost)
		elif _rng.randf() < 0.5:
			at.origin.y = _rng.randf_range(1.0, 14.0)
			at.basis = (
				at.basis
				* Basis.from_euler(
					Vector3(_rng.randf_range(-1.5, 1.5), 0.0, _rng.randf_range(-PI, PI))
				)
			)
			_arena.put_car(
				car,
				at,
				_direction() * absf(speed),
				_direction() * _rng.randf_range(0.0, 4.0),
				boost
			)
		else:
			_arena.put_car(car, at, -at.basis.z * speed, Vector3.ZERO, boost)


# A moment of a recorded match, perhaps with the teams exchanged.
func _replay() -> void:
	var moment: Dictionary = CarMoments.draw(_rng, _arena.team_size)
	if moment.is_empty():
		_kick_off()
		return
	var side: float = 1.0 if _rng.randf() < 0.5 else -1.0
	var turn: Basis = Basis.from_scale(Vector3(side, 1.0, side))
	var at: Array = moment["ball"]
	_arena.put_ball(turn * CarMoments.vector(at, 0), turn * CarMoments.vector(at, 3), Vector3.ZERO)
	for car: CarBody in _arena.cars:
		var team: int = car.team if side > 0.0 else 1 - car.team
		var row: Array = moment["cars"][team * _arena.team_size + car.seat]
		var ahead: Vector3 = turn * CarMoments.vector(row, 3)
		var up: Vector3 = turn * CarMoments.vector(row, 6)
		var basis: Basis = Basis.looking_at(ahead, up)
		_arena.put_car(
			car,
			Transform3D(basis, turn * CarMoments.vector(row, 0)),
			turn * CarMoments.vector(row, 9),
			turn * CarMoments.vector(row, 12),
			row[15]
		)


# A car of each team drives up a side wall behind a ball that rolls up before it.
func _wall() -> void:
	var side: float = 1.0 if _rng.randf() < 0.5 else -1.0
	var x: float = side * CarField.HALF_X
	var z: float = _rng.randf_range(-20.0, 20.0)
	var height: float = _rng.randf_range(5.0, 9.0)
	var rise: Vector3 = Vector3.UP * _rng.randf_range(6.0, 12.0)
	_arena.put_ball(Vector3(x - side * (BallBody.RADIUS + 0.3), height, z), rise)
	for car: CarBody in _arena.cars:
		if car.seat > 0:
			_park(car)
			continue
		# Its roof looks into the field, its nose up the wall.
		var basis: Basis = Basis.looking_at(Vector3.UP, Vector3(-side, 0.0, 0.0))
		var beside: float = (1.5 if car.team == 0 else -1.5) * _rng.randf_range(1.0, 2.0)
		var at: Vector3 = Vector3(
			x - side * CarChassis.REST_HEIGHT, _rng.randf_range(3.2, 4.0), z + beside
		)
		_arena.put_car(
			car, Transform3D(basis, at), rise * 1.3, Vector3.ZERO, _rng.randf_range(30.0, 100.0)
		)


# The ball flies high towards a goal; the cars are below, with boost.
func _aerial() -> void:
	var at: Vector3 = _anywhere(12.0)
	at.y = _rng.randf_range(6.0, 14.0)
	var moving: Vector3 = Vector3(_rng.randf_range(-5.0, 5.0), 6.0, _rng.randf_range(-8.0, 8.0))
	_arena.put_ball(at, moving)
	for car: CarBody in _arena.cars:
		_park_near(car, at, 8.0, 18.0, _rng.randf_range(50.0, 100.0))


# The ball hangs a little too high for a car on the floor.
func _jump() -> void:
	var at: Vector3 = _anywhere(10.0)
	at.y = _rng.randf_range(2.2, 4.0)
	_arena.put_ball(at, Vector3(0.0, _rng.randf_range(2.0, 5.0), 0.0))
	for car: CarBody in _arena.cars:
		_park_near(car, at, 5.0, 14.0, _rng.randf_range(0.0, 60.0))


# On the floor in its own half, facing the other goal.
func _park(car: CarBody) -> void:
	var place: Vector3 = Vector3(
		_rng.randf_range(-25.0, 25.0), CarChassis.REST_HEIGHT, _rng.randf_range(25.0, 42.0)
	)
	var at: Transform3D = _of_team(car.team, Transform3D(Basis.IDENTITY, place))
	_arena.put_car(car, at, Vector3.ZERO, Vector3.ZERO, CarBody.KICKOFF_BOOST)


# On the floor on its own side of the ball, driving towards it.
func _park_near(car: CarBody, ball: Vector3, least: float, most: float, boost: float) -> void:
	var angle: float = _rng.randf_range(-0.8, 0.8)
	var back: float = 1.0 if car.team == 0 else -1.0
	var away: Vector3 = (
		Vector3(sin(angle), 0.0, cos(angle)) * (back * _rng.randf_range(least, most))
	)
	var place: Vector3 = Vector3(ball.x, 0.0, ball.z) + away
	place.x = clampf(place.x, -36.0, 36.0)
	place.z = clampf(place.z, -46.0, 46.0)
	place.y = CarChassis.REST_HEIGHT
	var ahead: Vector3 = Vector3(ball.x - place.x, 0.0, ball.z - place.z).normalized()
	var basis: Basis = Basis.looking_at(ahead)
	var speed: float = _rng.randf_range(0.0, 14.0)
	_arena.put_car(car, Transform3D(basis, place), ahead * speed, Vector3.ZERO, boost)


# A place on the floor, `margin` inside of the flat part, where no other body was put.
func _anywhere(margin: float) -> Vector3:
	for attempt: int in 100:
		var place: Vector3 = Vector3(
			_rng.randf_range(-CarField.HALF_X, CarField.HALF_X),
			CarChassis.REST_HEIGHT,
			_rng.randf_range(-CarField.HALF_Z, CarField.HALF_Z)
		)
		if CarField.is_over_flat_floor(place * (1.0 + margin / CarField.HALF_X)):
			return place
	return Vector3(0.0, CarChassis.REST_HEIGHT, 0.0)


func _away_from(ball: Vector3) -> Vector3:
	var place: Vector3 = _anywhere(1.0)
	for attempt: int in 100:
		var is_free: bool = Vector2(place.x - ball.x, place.z - ball.z).length() > 4.0
		for car: CarBody in _arena.cars:
			is_free = (
				is_free and Vector2(place.x - car.place.x, place.z - car.place.z).length() > 3.0
			)
		if is_free:
			break
		place = _anywhere(1.0)
	return place


func _facing_anywhere(place: Vector3) -> Transform3D:
	return Transform3D(Basis(Vector3.UP, _rng.randf_range(-PI, PI)), place)


func _direction() -> Vector3:
	var upright: float = _rng.randf_range(-1.0, 1.0)
	var angle: float = _rng.randf_range(-PI, PI)
	var level: float = sqrt(1.0 - upright * upright)
	return Vector3(level * cos(angle), upright, level * sin(angle))


static func _standing(kickoff: Vector3) -> Transform3D:
	var place: Vector3 = Vector3(kickoff.x, CarChassis.REST_HEIGHT, kickoff.y)
	return Transform3D(Basis(Vector3.UP, kickoff.z), place)


# The same for team 1: turned by half a circle about the middle.
static func _of_team(team: int, at: Transform3D) -> Transform3D:
	return at if team == 0 else Transform3D(Basis(Vector3.UP, PI), Vector3.ZERO) * at
