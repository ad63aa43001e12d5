class_name SpacecraftLandingController
extends AIController3D
## The agent of the scenario `spacecraft_landing`: observes, fires the engines, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. Sync calls
## begin_episode, get_obs, set_action and get_info; rewards and ends are looked at whenever the
## lander has sampled or touched down.

## Speeds at touchdown below which it is soft, and hard but no crash, m/s.
const SOFT_SPEED: float = 2.0
const HARD_SPEED: float = 5.0
## Tilt at touchdown beyond which the craft topples, rad.
const UPRIGHT: float = 0.26
## Distance of the feet from the pad's centre that counts as on it, m.
const PAD_RADIUS: float = 2.0
## A controlled descent: below this height, m, slower than this, m/s.
const DESCENT_HEIGHT: float = 50.0
const DESCENT_SPEED: float = 5.0
## Deceleration from which the speed is counted that can still be braked, m/s^2.
const BRAKING: float = 2.0
## Distance beside the pad and height at which a flight is lost, m.
const LOST_BESIDE: float = 600.0
const LOST_ABOVE: float = 1500.0

@export var lander: Lander
@export var terrain: LandingTerrain
@export var pad: Node3D
@export var observation: LandingObservation
@export_group("Defaults of environment parameters")
## Seconds after which an episode is cut off.
@export_range(1.0, 1000.0) var time_limit: float = 100.0
## Gravity, m/s^2 (Mars).
@export_range(0.0, 20.0) var gravity: float = 3.71
## Height of the hills, m.
@export_range(0.0, 200.0) var hills: float = 30.0

## The running episode's rewards.
var rewards: LandingRewards = LandingRewards.new()
## How the flight ended: "", "soft", "hard", "crash", "lost" or "time_out".
var outcome: String = ""
## Speed at touchdown, m/s, and distance from the pad's centre, m.
var touchdown_speed: float = 0.0
var touchdown_distance: float = 0.0

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _last_fuel: float = 0.0
# What potentials were at the last sample.
var _last: Vector4 = Vector4.ZERO
var _lowest: float = 0.0


func _ready() -> void:
	init(lander)
	lander.sampled.connect(_on_sampled)
	lander.touched_down.connect(_on_touched_down)
	begin_episode(0)


func _physics_process(_delta: float) -> void:
	if done or lander.ticks < reset_after:
		return
	lander.is_over = true
	outcome = "time_out"
	rewards.add(&"time_out", 1.0)
	reward += rewards.take()


## Puts the lander and the ground at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_rng.seed = episode_seed
	rewards.restart()
	var limit: float = Sync.get_parameter("time_limit", time_limit)
	reset_after = maxi(roundi(limit * Engine.physics_ticks_per_second), 1)
	terrain.build(_rng.randi() & 0x7FFFFFFF, Sync.get_parameter("hills", hills))
	_start_flight(Sync.get_parameter("gravity", gravity))
	outcome = ""
	touchdown_speed = 0.0
	touchdown_distance = 0.0
	_last_fuel = lander.fuel
	_last = _potentials()
	_lowest = DESCENT_HEIGHT


## Number of LandingObservation's elements.
func get_obs_size() -> int:
	return LandingObservation.NAMES.size()


## Writes LandingObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	observation.write(buffer, offset)


## Returns the space of LandingObservation's elements.
func get_obs_space() -> Dictionary:
	var bound: float = LandingObservation.BOUND
	return {"obs": {"size": [get_obs_size()], "space": "box", "low": -bound, "high": bound}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": LandingObservation.NAMES}


## Five continuous actions: thrust along the craft's axes, torque about two of them.
func get_action_space() -> Dictionary:
	return {
		"thrust_x": {"size": 1, "action_type": "continuous"},
		"thrust_y": {"size": 1, "action_type": "continuous"},
		"thrust_z": {"size": 1, "action_type": "continuous"},
		"torque_pitch": {"size": 1, "action_type": "continuous"},
		"torque_roll": {"size": 1, "action_type": "continuous"},
	}


## Fires the engines: thrust_y from -1, off, to 1, full.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var up: float = (action["thrust_y"][0] + 1.0) * 0.5
	lander.steer(
		Vector3(action["thrust_x"][0], up, action["thrust_z"][0]),
		Vector3(action["torque_pitch"][0], 0.0, action["torque_roll"][0])
	)


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var on_pad: bool = outcome == "soft" and touchdown_distance <= PAD_RADIUS
	return {
		"is_success": on_pad,
		"metrics":
		{
			"success": float(on_pad),
			"soft": float(outcome == "soft"),
			"crash": float(outcome == "crash" or outcome == "lost"),
			"touchdown_speed": touchdown_speed,
			"touchdown_distance": touchdown_distance,
			"fuel_used": Lander.TANK - lander.fuel,
			"flight_time": lander.ticks / float(Engine.physics_ticks_per_second),
		},
		"reward_terms": rewards.sums.duplicate(),
	}


func _start_flight(pull: float) -> void:
	var place: Vector3 = Vector3(
		_rng.randf_range(-200.0, 200.0),
		_rng.randf_range(500.0, 1000.0),
		_rng.randf_range(-200.0, 200.0)
	)
	var speed: Vector3 = Vector3(
		_rng.randf_range(-10.0, 10.0), _rng.randf_range(-20.0, 0.0), _rng.randf_range(-10.0, 10.0)
	)
	var turn: Basis = Basis.from_euler(
		Vector3(
			_rng.randf_range(-0.1, 0.1), _rng.randf_range(-PI, PI), _rng.randf_range(-0.1, 0.1)
		)
	)
	var spin: Vector3 = Vector3(_rng.randf_range(-0.05, 0.05), 0.0, _rng.randf_range(-0.05, 0.05))
	var origin: Vector3 = pad.global_position + place + turn.y * Lander.FEET
	lander.restart(Transform3D(turn, origin), speed, spin, pull)


# Distance, closeness beside the pad, speed too high to brake, tilt.
func _potentials() -> Vector4:
	var offset: Vector3 = lander.feet() - pad.global_position
	var beside: float = Vector2(offset.x, offset.z).length()
	var height: float = maxf(offset.y - terrain.height_at(offset), 0.0)
	var safe: float = 1.0 + sqrt(2.0 * BRAKING * height)
	var excess: float = maxf(lander.velocity.length() - safe, 0.0)
	return Vector4(offset.length(), log(1.0 + beside), excess, _tilt())


func _tilt() -> float:
	return lander.global_basis.y.angle_to(Vector3.UP)


func _on_sampled(seconds: float) -> void:
	if done:
		return
	_pay(seconds)
	var offset: Vector3 = lander.feet() - pad.global_position
	if Vector2(offset.x, offset.z).length() > LOST_BESIDE or offset.y > LOST_ABOVE:
		_end("lost")
	else:
		reward += rewards.take()


# What each sample pays, and the last one.
func _pay(seconds: float) -> void:
	rewards.add(&"fuel", _last_fuel - lander.fuel)
	_last_fuel = lander.fuel
	var now: Vector4 = _potentials()
	rewards.add(&"progress", _last.x - now.x)
	rewards.add(&"centring", _last.y - now.y)
	rewards.add(&"excess_speed", now.z - _last.z)
	rewards.add(&"tilt", now.w - _last.w)
	_last = now
	rewards.add(&"proximity", seconds / maxf(now.x, 1.0))
	var offset: Vector3 = lander.feet() - pad.global_position
	var height: float = maxf(offset.y - terrain.height_at(offset), 0.0)
	if height < _lowest:
		if lander.velocity.y > -DESCENT_SPEED:
			rewards.add(&"controlled_descent", (_lowest - height) / DESCENT_HEIGHT)
		_lowest = height


func _on_touched_down(velocity: Vector3) -> void:
	if done:
		return
	_pay(0.0)
	var offset: Vector3 = lander.feet() - pad.global_position
	touchdown_speed = velocity.length()
	touchdown_distance = Vector2(offset.x, offset.z).length()
	if touchdown_speed >= HARD_SPEED or _tilt() > UPRIGHT:
		_end("crash")
		return
	if touchdown_distance <= PAD_RADIUS:
		rewards.add(&"on_pad", 1.0)
	_end("soft" if touchdown_speed < SOFT_SPEED else "hard")


func _end(how: String) -> void:
	outcome = how
	match how:
		"soft":
			rewards.add(&"soft_touchdown", 1.0)
		"hard":
			rewards.add(&"hard_touchdown", 1.0)
		_:
			rewards.add(&"crash", 1.0)
	reward += rewards.take()
	lander.is_over = true
	terminated = true
