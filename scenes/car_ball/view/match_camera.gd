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


# From one side, over the middle of the ball and the cars that play it; the nearer they are to each
# other, the nearer it comes. Close to the wall it looks from higher up, to stay inside as long as
# it can.
func _watch(share: float) -> void:
	var ball: Vector3 = _view.arena.ball.position
	var nearest: float = INF
	for car: CarBody in _view.arena.cars:
		nearest = minf(nearest, car.position.distance_to(ball))
	# The ball counts as two, since the rest without it shows nothing.
	var middle: Vector3 = ball * 2.0
	var total: float = 2.0
	var weights: PackedFloat32Array = []
	for car: CarBody in _view.arena.cars:
		var weight: float = _weight(car.position.distance_to(ball) - nearest)
		weights.append(weight)
		middle += car.position * weight
		total += weight
	middle /= total
	var reach: float = maxf(6.0, ball.distance_to(middle))
	for i: int in weights.size():
		reach = maxf(reach, _view.arena.cars[i].position.distance_to(middle) * weights[i])
	var away: float = Vector2(5.0 + reach * 0.85, 3.0 + reach * 0.42).length()
	var room: float = CarField.HALF_X - 2.0 - middle.x
	var aside: float = clampf(room, 0.62 * away, 5.0 + reach * 0.85)
	var origin: Vector3 = _view.arena.global_position
	var wanted: Vector3 = origin + middle + Vector3(aside, sqrt(away * away - aside * aside), 0.0)
	wanted.y = minf(wanted.y, origin.y + CarField.HEIGHT - 1.0)
	global_position = wanted if share > 0.99 else global_position.lerp(wanted, share * 0.7)
	_seen = origin + middle if share > 0.99 else _seen.lerp(origin + middle, share)
	look_at(_seen + Vector3.UP * 0.5)


# How much a car counts that is so much further from the ball than the nearest one, m.
static func _weight(further: float) -> float:
	return clampf((30.0 - further) / 12.0, 0.0, 1.0)
