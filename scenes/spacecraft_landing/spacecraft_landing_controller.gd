class_name SpacecraftLandingController
extends AIController3D
## The agent of the scenario `spacecraft_landing`: observes, fires the engines, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. Sync calls
## begin_episode, get_obs, set_action and get_info. LandingJudge says what a flight is worth,
## LandingWalk goes on after the touchdown where that is asked for.

@export var lander: Lander
@export var terrain: LandingTerrain
@export var pad: Node3D
@export var observation: LandingObservation
@export var origin: FloatingOrigin
@export var watch: LandingWatch
@export var walk: LandingWalk
@export_group("Defaults of environment parameters")
## Seconds after which a flight is cut off.
@export_range(1.0, 1000.0) var time_limit: float = 100.0
## Gravity, m/s^2 (Mars).
@export_range(0.1, 20.0) var gravity: float = 3.71
## Height of the hills, m.
@export_range(0.0, 200.0) var hills: float = 30.0
## How far beside the pad a flight begins at most, along x and z, m.
@export_range(0.0, 10000.0) var start_beside: float = 200.0
## Whether the pilot gets out and walks after a soft touchdown.
@export var walking: bool = false

## What the flight is worth.
var judge: LandingJudge

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _walks: bool = false


func _ready() -> void:
	init(lander)
	judge = LandingJudge.new(lander, terrain, pad)
	origin.bugs = lander.bugs
	lander.sampled.connect(_on_sampled)
	lander.touched_down.connect(_on_touched_down)
	lander.ran_out_of_time.connect(_on_ran_out_of_time)
	walk.earned.connect(_on_walk_earned)
	walk.ended.connect(_on_walk_ended)
	set_physics_process(heuristic == "human")
	begin_episode(0)


## Lets a person's keyboard act, or nobody's.
func set_heuristic(value: String) -> void:
	super(value)
	set_physics_process(value == "human")


## Puts lander and ground at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_rng.seed = episode_seed
	lander.bugs.read()
	var limit: float = Sync.get_parameter("time_limit", time_limit)
	lander.last_tick = maxi(roundi(limit * Engine.physics_ticks_per_second), 1)
	reset_after = lander.last_tick
	_walks = Sync.get_parameter("walking", float(walking)) > 0.5
	var pull: float = Sync.get_parameter("gravity", gravity)
	var beside: float = Sync.get_parameter("start_beside", start_beside)
	_place_site()
	terrain.build(_rng.randi() & 0x7FFFFFFF, Sync.get_parameter("hills", hills))
	var start: LandingStart = LandingStart.draw(_rng, beside)
	var place: Vector3 = pad.global_position + start.offset + start.attitude.y * Lander.FEET
	lander.restart(Transform3D(start.attitude, place), start.velocity, start.spin, pull)
	judge.begin(pull, beside)
	watch.begin(pull)
	walk.restart(_rng, pull)


## Number of LandingObservation's elements.
func get_obs_size() -> int:
	return LandingObservation.NAMES.size()


## Writes LandingObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	if walk.is_on:
		observation.write_walk(buffer, offset, walk)
	else:
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


## Fires the engines: thrust_y from -1, off, to 1, full. On foot the same actions walk.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var push: Vector3 = Vector3(
		action["thrust_x"][0], (action["thrust_y"][0] + 1.0) * 0.5, action["thrust_z"][0]
	)
	var turn: Vector3 = Vector3(action["torque_pitch"][0], 0.0, action["torque_roll"][0])
	if walk.is_on:
		walk.act(push, turn)
	else:
		lander.steer(push, turn)


## Returns what a person's keyboard asks for, for recorded demonstrations.
func get_action() -> Array:
	return LandingKeys.read().values().map(func(value: Array) -> float: return value[0])


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var metrics: Dictionary = judge.metrics()
	if _walks:
		metrics["walked_to_beacon"] = float(walk.has_arrived)
	return {
		"is_success": judge.is_success(),
		"metrics": metrics,
		"reward_terms": judge.rewards.sums.duplicate(),
	}


## The coarse state for explorers: on foot or in flight, steps of height, distance, fall and tilt.
func get_cell() -> String:
	if walk.is_on:
		return "walk/%d" % mini(int(walk.distance() / 5.0), 9)
	var offset: Vector3 = judge.offset()
	var beside: int = int(Vector2(offset.x, offset.z).length() / 50.0)
	var fall: int = clampi(floori(-lander.velocity.y / 10.0), -3, 9)
	var tilt: int = int(lander.global_basis.y.angle_to(Vector3.UP) / 0.5)
	return "%d,%d,%d,%d" % [floori(offset.y / 50.0), beside, fall, tilt]


func _physics_process(_delta: float) -> void:
	if not done:
		set_action(LandingKeys.read())


# Where on the planet the pad is: a bearing from the seed, a distance from the parameter.
func _place_site() -> void:
	var away: float = Sync.get_parameter("site_distance", 0.0)
	var bearing: float = _rng.randf_range(-PI, PI)
	var floats: bool = Sync.get_parameter("floating_origin", 1.0) > 0.5
	origin.begin(away * cos(bearing), away * sin(bearing), floats)


func _on_sampled(seconds: float) -> void:
	if done:
		return
	watch.look(seconds)
	if judge.pay(seconds):
		judge.lose()
		_end()
	else:
		reward += judge.rewards.take()
		origin.follow(lander.position)


func _on_touched_down(_velocity: Vector3) -> void:
	if done:
		return
	watch.look_at_feet()
	judge.pay(0.0)
	judge.touch_down()
	if _walks and judge.outcome == "soft":
		reward += judge.rewards.take()
		lander.is_over = true
		reset_after = n_steps + walk.begin()
	else:
		_end()


# Sync cuts the episode off at the beginning of the next tick.
func _on_ran_out_of_time(seconds: float) -> void:
	if done:
		return
	judge.pay(seconds)
	judge.time_out()
	reward += judge.rewards.take()
	lander.is_over = true


func _on_walk_earned(metres: float) -> void:
	judge.rewards.add(&"walk", metres)
	reward += judge.rewards.take()


func _on_walk_ended() -> void:
	terminated = true


func _end() -> void:
	reward += judge.rewards.take()
	lander.is_over = true
	terminated = true
