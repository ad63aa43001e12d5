class_name LandingJudge
extends RefCounted
## Pays a flight: what each sample is worth, what a touchdown is, and the flight's metrics.
##
## The controller owns one, tells it of samples and ends, and takes the reward from
## [member rewards]. It reads the lander and the ground and changes neither.

## Speeds at touchdown below which it is soft, and hard but no crash, m/s.
const SOFT_SPEED: float = 2.0
const HARD_SPEED: float = 5.0
## Tilt at touchdown beyond which the craft topples, rad (15 degrees).
const UPRIGHT: float = 0.26
## Distance of the feet from the pad's centre that counts as on it, m.
const PAD_RADIUS: float = 2.0
## A controlled descent: below this height, m, falling slower than this, m/s.
const DESCENT_HEIGHT: float = 50.0
const DESCENT_SPEED: float = 5.0
## Deceleration with which a speed is said to be one that can still be braked, m/s^2.
const BRAKING: float = 2.0
## For the time that is left to the ground: a fall counts as no slower than this, m/s, the time as
## no longer than that, s.
const SLOW_FALL: float = 5.0
const LONGEST_FALL: float = 40.0
## A flight is lost farther beside the pad, beyond its start, or higher above it than this, m. With
## starts up to 200 m beside the pad that is before the ground ends.
const LOST_BEYOND: float = 300.0
const LOST_ABOVE: float = 1500.0

## The running episode's rewards.
var rewards: LandingRewards = LandingRewards.new()
## How the flight ended: "", "soft", "hard", "crash", "lost" or "time_out".
var outcome: String = ""
## Speed at the flight's end, m/s, and distance beside the pad's centre, m; 0 before.
var touchdown_speed: float = 0.0
var touchdown_distance: float = 0.0
## Fuel of the near-optimal burn from this start, kg.
var optimal_fuel: float = INF

var _lander: Lander
var _terrain: LandingTerrain
var _pad: Node3D
var _last_fuel: float = 0.0
# Distance, aim, excess of speed and tilt at the last sample.
var _last: Vector4 = Vector4.ZERO
var _lowest: float = DESCENT_HEIGHT
var _lost_beside: float = 500.0


func _init(lander: Lander, terrain: LandingTerrain, pad: Node3D) -> void:
	_lander = lander
	_terrain = terrain
	_pad = pad


## Begins a flight that the lander has just been put at, [param beside] m from the pad at most.
func begin(gravity: float, beside: float) -> void:
	rewards.restart()
	outcome = ""
	touchdown_speed = 0.0
	touchdown_distance = 0.0
	optimal_fuel = LandingOptimum.fuel(offset(), _lander.velocity, gravity, _lander.mass)
	_last_fuel = _lander.fuel
	_last = _potentials(offset())
	_lowest = DESCENT_HEIGHT
	_lost_beside = beside + LOST_BEYOND


## The feet relative to the pad, m.
func offset() -> Vector3:
	return _lander.feet() - _pad.global_position


## Pays what happened in the last [param seconds] and says whether the flight is lost.
func pay(seconds: float) -> bool:
	rewards.add(&"fuel", _last_fuel - _lander.fuel)
	_last_fuel = _lander.fuel
	var place: Vector3 = offset()
	var now: Vector4 = _potentials(place)
	rewards.add(&"progress", _last.x - now.x)
	rewards.add(&"aim", _last.y - now.y)
	rewards.add(&"excess_speed", now.z - _last.z)
	rewards.add(&"tilt", now.w - _last.w)
	_last = now
	rewards.add(&"proximity", seconds / maxf(now.x, 1.0))
	var height: float = _height(place)
	if height < _lowest:
		if _lander.velocity.y > -DESCENT_SPEED:
			rewards.add(&"controlled_descent", (_lowest - height) / DESCENT_HEIGHT)
		_lowest = height
	return Vector2(place.x, place.z).length() > _lost_beside or place.y > LOST_ABOVE


## Judges a touchdown at the velocity of the last tick.
func touch_down() -> void:
	_measure_end()
	if touchdown_speed >= HARD_SPEED or _tilt() > UPRIGHT:
		outcome = "crash"
		rewards.add(&"crash", 1.0)
		return
	outcome = "soft" if touchdown_speed < SOFT_SPEED else "hard"
	rewards.add(StringName(outcome + "_touchdown"), 1.0)
	if touchdown_distance <= PAD_RADIUS:
		rewards.add(&"on_pad", 1.0)


## The craft left the area: it costs what a crash costs.
func lose() -> void:
	_measure_end()
	outcome = "lost"
	rewards.add(&"crash", 1.0)


## The time is over in flight.
func time_out() -> void:
	_measure_end()
	outcome = "time_out"
	rewards.add(&"time_out", 1.0)


## A soft touchdown on the pad.
func is_success() -> bool:
	return outcome == "soft" and touchdown_distance <= PAD_RADIUS


## The metrics of the flight that has ended; README.md lists them.
func metrics() -> Dictionary:
	var used: float = Lander.TANK - _lander.fuel
	var metrics: Dictionary = {
		"success": float(is_success()),
		"soft": float(outcome == "soft"),
		"hard": float(outcome == "hard"),
		"crash": float(outcome == "crash" or outcome == "lost"),
		"fuel_used": used,
		"touchdown_speed": touchdown_speed,
		"touchdown_distance": touchdown_distance,
		"flight_time": _lander.ticks / float(Engine.physics_ticks_per_second),
	}
	metrics["fuel_efficiency"] = 0.0
	if outcome == "soft":
		metrics["fuel_efficiency"] = minf(optimal_fuel / maxf(used, 0.01), 1.0)
	return metrics


func _measure_end() -> void:
	var place: Vector3 = offset()
	touchdown_speed = _lander.velocity.length()
	touchdown_distance = Vector2(place.x, place.z).length()


func _potentials(place: Vector3) -> Vector4:
	var speed: Vector3 = _lander.velocity
	var height: float = _height(place)
	var safe: float = 1.0 + sqrt(2.0 * BRAKING * height)
	var excess: float = maxf(speed.length() - safe, 0.0)
	# A steady brake stops after twice the time that the present speed would take.
	var time_left: float = minf(2.0 * height / maxf(-speed.y, SLOW_FALL), LONGEST_FALL)
	var miss: Vector2 = Vector2(place.x + speed.x * time_left, place.z + speed.z * time_left)
	return Vector4(place.length(), log(1.0 + miss.length()), excess, _tilt())


func _height(place: Vector3) -> float:
	return maxf(place.y - _terrain.height_at(place), 0.0)


func _tilt() -> float:
	return _lander.global_basis.y.angle_to(Vector3.UP)
