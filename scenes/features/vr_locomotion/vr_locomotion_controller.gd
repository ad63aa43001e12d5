class_name VRLocomotionController
extends AIController3D
## The agent of the VR locomotion scenario: observes, acts through the simulated trackers, rewards.
##
## README.md beside this file lists the observation, the rewards and the episode's end. Sync calls
## begin_episode, get_obs, set_action and get_info; the rewards are added every physics tick, after
## the player has moved (this node is a child of the player).

## Weight of each reward term unless the environment parameter `reward_<term>` sets another, in
## reward per unit of the term; README.md tells the units.
const REWARD_WEIGHTS: Dictionary[StringName, float] = {
	&"survival": -0.005,
	&"progress": 1.0,
	&"waypoint": 10.0,
	&"collision": -6.0,
	&"comfort": -4.0,
	&"time_out": -5.0,
}
## Units of "collision" for each tick in contact, beside 1 for each new contact.
const CONTACT_TICK_UNITS: float = 0.01
## Units of "comfort" for each second of complete vignette, beside 1 for each activation.
const VIGNETTE_SECOND_UNITS: float = 0.25
## Speed of a finger at full action, presses (0 to 1) per second.
const FINGER_SPEED: float = 4.0
## Length of (move_x, move_z) below which the thumb leaves the stick alone.
const STICK_REST: float = 0.02
## Units of "comfort" for each teleport: the view jumps.
const TELEPORT_UNITS: float = 0.125
## Units of "comfort" for each snap turn: the view jumps, less.
const SNAP_TURN_UNITS: float = 0.05
## Physics ticks between two decisions of the navigator, as between those of a trained policy.
const NAVIGATOR_TICKS: int = 9

@export var player: VRPlayer
@export var course: Course
@export var sensor: VRObservation
## Walks in the place of a person, in a waypoint test (docs/testing_games.md); null: a person plays.
@export var navigator: WaypointNavigator
## Largest yaw of the head relative to the rig, drawn for each episode, rad.
@export var head_yaw_range: float = 0.35
## Largest pitch of the head, drawn for each episode, rad.
@export var head_pitch_range: float = 0.2

## How far the thumb has pushed the right stick sideways, in [-1, 1].
var turn_press: float = 0.0
## How far the finger has pulled the trigger, in [0, 1].
var trigger_press: float = 0.0
## Simulated time since the episode began, s.
var course_time: float = 0.0

# The weights of this episode.
var _weights: Dictionary[StringName, float] = REWARD_WEIGHTS.duplicate()
# The two terms of every tick are kept apart: a dictionary would double the cost of the tick.
var _survival_weight: float = REWARD_WEIGHTS[&"survival"]
var _progress_weight: float = REWARD_WEIGHTS[&"progress"]
var _survival_sum: float = 0.0
var _progress_sum: float = 0.0
var _reward_terms: Dictionary[StringName, float] = {}
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _course_ticks: int = 0
var _action_tick: int = 0
var _tick_length: float = 1.0 / Engine.physics_ticks_per_second
var _last_distance: float = 0.0
var _last_collisions: int = 0
var _last_activations: int = 0


func _ready() -> void:
	init(player)
	player.locomotion.teleported.connect(_on_teleported)
	player.locomotion.turned.connect(_on_turned)
	begin_episode(0)


func _physics_process(delta: float) -> void:
	if done:
		return
	if heuristic == "human":
		if navigator != null:
			_let_navigator_act()
		else:
			_let_person_act()
	_course_ticks += 1
	course_time += delta
	_reward_tick(delta)
	if navigator != null:
		navigator.advance(delta)
	if course.next_waypoint == Course.WAYPOINT_COUNT:
		player.frozen = true
		terminated = true
	elif _course_ticks >= reset_after:
		player.frozen = true
		_add(&"time_out", 1.0)
	super(delta)


## Puts player and course at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_rng.seed = episode_seed
	course.obstacle_count = roundi(Sync.get_parameter("obstacle_count", course.default_count))
	course.build(_rng)
	player.restart(course.to_global(course.start), course.global_rotation.y + course.start_yaw)
	if player.headset.moves:
		player.headset.begin(episode_seed)
	player.headset.look(
		_rng.randf_range(-head_pitch_range, head_pitch_range),
		_rng.randf_range(-head_yaw_range, head_yaw_range)
	)
	_last_distance = course.get_distance(player.global_position)
	_last_collisions = 0
	_last_activations = 0
	_course_ticks = 0
	_action_tick = 0
	turn_press = 0.0
	trigger_press = 0.0
	course_time = 0.0
	if navigator != null:
		navigator.walk(course.global_transform * course.waypoints)
	for term: StringName in REWARD_WEIGHTS:
		_weights[term] = Sync.get_parameter("reward_" + term, REWARD_WEIGHTS[term])
		_reward_terms[term] = 0.0
	_survival_weight = _weights[&"survival"]
	_progress_weight = _weights[&"progress"]
	_survival_sum = 0.0
	_progress_sum = 0.0


## Lets a person who plays enter with a headset, where there is one.
func set_heuristic(value: String) -> void:
	super(value)
	player.headset.serve(value, arena_index)


## Number of VRObservation's elements.
func get_obs_size() -> int:
	return VRObservation.NAMES.size()


## Writes VRObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	sensor.write(buffer, offset, turn_press, trigger_press)


## Returns the space of VRObservation's elements.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [VRObservation.NAMES.size()], "space": "box"}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": VRObservation.NAMES}


## Four continuous actions: sticks and trigger of the controllers.
func get_action_space() -> Dictionary:
	return {
		"move_x": {"size": 1, "action_type": "continuous"},
		"move_z": {"size": 1, "action_type": "continuous"},
		"rotate": {"size": 1, "action_type": "continuous"},
		"teleport": {"size": 1, "action_type": "continuous"},
	}


## Moves the simulated sticks and trigger: move_x right, move_z forward, rotate to the right.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var held: float = (_course_ticks - _action_tick) * _tick_length
	_action_tick = _course_ticks
	turn_press = _press(turn_press, action["rotate"][0] * held, player.locomotion.snap_press, -1.0)
	trigger_press = _press(
		trigger_press, action["teleport"][0] * held, player.locomotion.teleport_press, 0.0
	)
	player.headset.set_inputs(
		_push_stick(Vector2(action["move_x"][0], action["move_z"][0])),
		Vector2(turn_press, 0.0),
		trigger_press
	)


## Returns what the keyboard asks for, for recorded demonstrations.
func get_action() -> Array:
	var action: Dictionary = _read_keyboard()
	var values: Array = []
	for key: String in get_action_space():
		values.append_array(action[key])
	return values


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var success: bool = course.next_waypoint == Course.WAYPOINT_COUNT
	var clean: bool = success and player.collisions == 0 and player.comfort.activations == 0
	var metrics: Dictionary = {
		"success": 1.0 if success else 0.0,
		"clean": 1.0 if clean else 0.0,
		"collisions": player.collisions,
		"comfort_events": player.comfort.activations,
		"course_time": course_time,
	}
	if navigator != null:
		metrics["waypoints"] = navigator.reached
	return {"is_success": success, "metrics": metrics, "reward_terms": get_reward_terms()}


## Returns the sum of each reward term in this episode; they add up to the episode's reward.
func get_reward_terms() -> Dictionary[StringName, float]:
	var terms: Dictionary[StringName, float] = _reward_terms.duplicate()
	terms[&"survival"] = _survival_sum
	terms[&"progress"] = _progress_sum
	return terms


func _reward_tick(delta: float) -> void:
	var distance: float = course.get_distance(player.global_position)
	var progress: float = (_last_distance - distance) * _progress_weight
	_last_distance = distance
	_survival_sum += _survival_weight
	_progress_sum += progress
	reward += _survival_weight + progress
	if distance <= Course.WAYPOINT_RADIUS:
		_add(&"waypoint", 1.0)
		course.advance()
		_last_distance = course.get_distance(player.global_position)
	if player.in_contact:
		_add(&"collision", player.collisions - _last_collisions + CONTACT_TICK_UNITS)
		_last_collisions = player.collisions
	var comfort: ComfortSystem = player.comfort
	if comfort.intensity > 0.0:
		var events: int = comfort.activations - _last_activations
		_last_activations = comfort.activations
		_add(&"comfort", events + comfort.intensity * delta * VIGNETTE_SECOND_UNITS)


func _on_teleported(_destination: Vector3) -> void:
	_add(&"comfort", TELEPORT_UNITS)


func _on_turned(_degrees: float) -> void:
	_add(&"comfort", SNAP_TURN_UNITS)


# The action is the speed of the finger, not its place: what counts is where the mean points, not
# whether noise jumps over a threshold, so the deterministic policy does what the noisy one did. A
# finger that has clicked lets go.
func _press(pressed: float, push: float, click: float, lowest: float) -> float:
	if absf(pressed) > click:
		return 0.0
	return clampf(pressed + push * FINGER_SPEED, lowest, 1.0)


# A thumb passes the stick's dead zone without thinking of it, so a small action is a slow walk. A
# policy whose small actions do nothing learns to wait for its own noise, and stands still without.
func _push_stick(wish: Vector2) -> Vector2:
	var length: float = wish.length()
	if length < STICK_REST:
		return Vector2.ZERO
	var dead_zone: float = player.locomotion.dead_zone
	return wish / length * minf(dead_zone + (1.0 - dead_zone) * length, 1.0)


# [param units] in the term's own unit: ticks, metres, events.
func _add(term: StringName, units: float) -> void:
	var value: float = units * _weights[term]
	_reward_terms[term] += value
	reward += value


# The keyboard moves the simulated sticks; a headset's controllers move the player themselves, and
# are observed.
func _let_person_act() -> void:
	if player.headset.is_simulating:
		set_action(_read_keyboard())
		return
	turn_press = player.locomotion.right_hand.get_vector2(VRLocomotion.STICK).x
	trigger_press = player.locomotion.right_hand.get_float(VRLocomotion.TRIGGER)


# As often as a policy decides: what it holds in between is the sticks.
func _let_navigator_act() -> void:
	if _course_ticks % NAVIGATOR_TICKS != 0:
		return
	var observation: PackedFloat32Array = []
	observation.resize(get_obs_size())
	write_obs(observation, 0)
	var chosen: PackedFloat32Array = navigator.choose(observation)
	set_action(
		{
			"move_x": [clampf(chosen[0], -1.0, 1.0)],
			"move_z": [clampf(chosen[1], -1.0, 1.0)],
			"rotate": [clampf(chosen[2], -1.0, 1.0) if chosen.size() > 2 else 0.0],
			"teleport": [clampf(chosen[3], -1.0, 1.0) if chosen.size() > 3 else 0.0],
		}
	)


# W A S D walk, Q and E turn, space teleports.
func _read_keyboard() -> Dictionary:
	return {
		"move_x": [_read_axis(KEY_A, KEY_D)],
		"move_z": [_read_axis(KEY_S, KEY_W)],
		"rotate": [_read_axis(KEY_Q, KEY_E)],
		"teleport": [1.0 if Input.is_physical_key_pressed(KEY_SPACE) else 0.0],
	}


func _read_axis(negative: Key, positive: Key) -> float:
	var value: float = 1.0 if Input.is_physical_key_pressed(positive) else 0.0
	return value - (1.0 if Input.is_physical_key_pressed(negative) else 0.0)
