extends Camera3D
## The camera: behind a person's car, looking to the ball; else beside the field, following the
## play. CarBallView makes it.

## Behind and above the car, m, as is usual in this genre.
const BEHIND: float = 5.2
const ABOVE: float = 2.1

var _view: CarBallView
var _seen: Vector3 = Vector3.ZERO


func _init(view: CarBallView) -> void:
	_view = view
	fov = 62.0
	near = 0.1
	far = 600.0


func _ready() -> void:
	make_current()
	_place(1.0)


func _process(delta: float) -> void:
	_place(1.0 - exp(-4.0 * delta) if delta < 0.5 else 1.0)


func _place(share: float) -> void:
	if CarDriver.person_has(_view.arena):
		_follow(_view.arena.cars[0], 1.0 - pow(1.0 - share, 3.0))
	else:
		_watch(share)


func _follow(car: CarBody, share: float) -> void:
	var ball: Vector3 = _view.arena.ball.global_position
	var gap: Vector3 = (ball - car.global_position) * Vector3(1.0, 0.0, 1.0)
	var ahead: Vector3 = gap.normalized() if gap.length() > 0.5 else -car.global_basis.z
	var wanted: Vector3 = car.global_position - ahead * BEHIND + Vector3.UP * ABOVE
	wanted.y = maxf(wanted.y, _view.global_position.y + 0.6)
	global_position = global_position.lerp(wanted, share)
	_seen = _seen.lerp(car.global_position.lerp(ball, 0.35) + Vector3.UP, share)
	look_at(_seen)


# From one side, over the middle of cars and ball; the nearer they are to each other, the nearer it
# comes.
func _watch(share: float) -> void:
	var middle: Vector3 = _view.arena.ball.position
	var reach: float = 6.0
	for car: CarBody in _view.arena.cars:
		middle += car.position
	middle /= _view.arena.cars.size() + 1
	for car: CarBody in _view.arena.cars:
		reach = maxf(reach, car.position.distance_to(middle))
	reach = maxf(reach, _view.arena.ball.position.distance_to(middle))
	var origin: Vector3 = _view.arena.global_position
	var eye: Vector3 = middle + Vector3(5.0 + reach * 0.85, 3.0 + reach * 0.42, 0.0)
	var wanted: Vector3 = origin + eye
	global_position = wanted if share > 0.99 else global_position.lerp(wanted, share * 0.5)
	_seen = origin + middle if share > 0.99 else _seen.lerp(origin + middle, share * 0.6)
	look_at(_seen + Vector3.UP * 0.5)
