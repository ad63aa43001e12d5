class_name VRNavigationController
extends AIController3D
## The agent of the scenario `vr_navigation`: observes, pushes the sticks, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. Sync calls
## begin_episode, get_obs, set_action and get_info; rewards and ends are looked at whenever the
## player has sampled.

## Decisions an episode may have, at least and at most.
const FEWEST_DECISIONS: int = 200
const MOST_DECISIONS: int = 1000
## A teleport less than this after the one before is one too many, s.
const TELEPORT_REST: float = 2.0

@export var player: NavPlayer
@export var course: NavCourse
@export var observation: NavObservation
@export_group("Defaults of environment parameters")
## Kind of course (NavCourse); 0: a mixture.
@export_range(0, 8) var course_kind: int = 0
## How hard courses are, in [0, 1].
@export_range(0.0, 1.0) var difficulty: float = 0.5
## Decisions after which an episode is cut off.
@export_range(200, 1000) var episode_decisions: int = 600
## Physics ticks of a decision where no policy says.
@export_range(1, 100) var decision_ticks: int = 9
## Whether a collision ends the episode.
@export var end_on_collision: bool = false

## Simulated time since the episode began, s.
var course_time: float:
	get:
		return player.ticks * _tick_length
## The running episode's rewards.
var rewards: NavRewards = NavRewards.new()
## The goal was reached.
var has_arrived: bool = false
## The player fell.
var has_fallen: bool = false
## Reads a person's keyboard and mouse.
var desktop: NavDesktop

var _settings: NavSettings
var _thumbs: NavThumbs
var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _ends_on_collision: bool = false
var _action_tick: int = 0
var _tick_length: float = 1.0 / Engine.physics_ticks_per_second
var _last_action: Vector3 = Vector3.ZERO
var _calm: float = 1.0
var _last_left: float = 0.0
var _best_left: float = 0.0
var _paid_contacts: int = 0
var _teleported_at: float = -INF


func _ready() -> void:
	init(player)
	_settings = NavSettings.new(player.locomotion)
	_thumbs = NavThumbs.new(player)
	desktop = NavDesktop.new(player)
	add_child(desktop)
	player.sampled.connect(_on_sampled)
	player.locomotion.teleported.connect(_on_teleported)
	begin_episode(0)


func _physics_process(_delta: float) -> void:
	if done:
		return
	if heuristic == "human":
		_let_person_act()
	if player.ticks >= reset_after:
		player.frozen = true
		rewards.add(&"time_out", 1.0)
		reward += rewards.take()


## Puts player and course at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_rng.seed = episode_seed
	_settings.apply()
	rewards.restart()
	reset_after = _decisions() * _ticks_per_decision()
	_ends_on_collision = Sync.get_parameter("end_on_collision", float(end_on_collision)) > 0.5
	var kind: int = roundi(Sync.get_parameter("course", course_kind))
	course.build(_rng, kind, clampf(Sync.get_parameter("difficulty", difficulty), 0.0, 1.0))
	player.headset.begin(episode_seed)
	var yaw: float = course.global_rotation.y + course.start_yaw
	player.restart(course.to_global(course.start), yaw, course.is_flat)
	_thumbs.restart()
	desktop.recentre()
	_start_way()
	has_arrived = false
	has_fallen = false
	_action_tick = 0
	_last_action = Vector3.ZERO
	_calm = 1.0
	_paid_contacts = 0
	_teleported_at = -INF


## Lets a person who plays enter with a headset, where there is one.
func set_heuristic(value: String) -> void:
	super(value)
	player.headset.serve(value, arena_index)
	desktop.is_played = value == "human"


## Number of NavObservation's elements.
func get_obs_size() -> int:
	return NavObservation.NAMES.size()


## Writes NavObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	observation.write(buffer, offset)


## Returns the space of NavObservation's elements.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [NavObservation.NAMES.size()], "space": "box"}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": NavObservation.NAMES}


## Three continuous actions: the left stick sideways and forwards, the right stick sideways.
func get_action_space() -> Dictionary:
	return {
		"horizontal": {"size": 1, "action_type": "continuous"},
		"vertical": {"size": 1, "action_type": "continuous"},
		"rotation": {"size": 1, "action_type": "continuous"},
	}


## Pushes the simulated sticks: horizontal to the right, vertical forwards, rotation to the right.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var asked: Vector3 = Vector3(
		action["horizontal"][0], action["vertical"][0], action["rotation"][0]
	)
	var held: float = (player.ticks - _action_tick) * _tick_length
	_action_tick = player.ticks
	_calm = 1.0 - minf((asked - _last_action).length(), 1.0)
	_last_action = asked
	_thumbs.push(Vector2(asked.x, asked.y), asked.z, held)


## Returns what the keyboard asks for, for recorded demonstrations.
func get_action() -> Array:
	var action: Dictionary = desktop.read()
	var values: Array = []
	for key: String in get_action_space():
		values.append_array(action[key])
	return values


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var gained: float = maxf(course.length - _best_left, 0.0)
	return {
		"is_success": has_arrived,
		"metrics":
		{
			"success": 1.0 if has_arrived else 0.0,
			"collisions": player.collisions,
			"comfort": player.comfort.mean,
			"comfort_events": player.comfort.events,
			"falls": 1.0 if has_fallen else 0.0,
			"path_efficiency": minf(gained / maxf(player.walked, 0.1), 1.0),
			"course_time": course_time,
			"teleports": player.locomotion.teleports,
			"kind": course.kind,
		},
		"reward_terms": rewards.sums.duplicate(),
	}


# What is left of the way counts from here.
func _start_way() -> void:
	_last_left = course.distance_to_go(player.global_position)
	_best_left = _last_left


func _on_sampled(_seconds: float) -> void:
	if done:
		return
	var place: Vector3 = player.global_position
	var left: float = course.distance_to_go(place)
	rewards.add(&"progress", _last_left - left)
	_last_left = left
	if left < _best_left:
		var share: float = (_best_left - left) / course.length
		_best_left = left
		rewards.add(&"comfort", player.comfort.value * share)
		rewards.add(&"smooth_movement", _calm * share)
	_pay_contacts()
	has_fallen = course.has_fallen(place)
	has_arrived = not has_fallen and _is_at_goal(place)
	if has_arrived:
		rewards.add(&"goal", 1.0)
	if has_fallen:
		rewards.add(&"fall", 1.0)
	reward += rewards.take()
	if has_arrived or has_fallen or (_ends_on_collision and player.collisions > 0):
		player.frozen = true
		terminated = true


# A contact costs once when it begins and once more for each whole second that it lasts.
func _pay_contacts() -> void:
	if not player.in_contact:
		_paid_contacts = 0
		return
	var due: int = 1 + floori(player.contact_time)
	if due > _paid_contacts:
		rewards.add(&"collision", due - _paid_contacts)
		_paid_contacts = due


func _on_teleported(_destination: Vector3) -> void:
	if course_time - _teleported_at < TELEPORT_REST:
		rewards.add(&"excessive_teleport", 1.0)
	_teleported_at = course_time


func _is_at_goal(place: Vector3) -> bool:
	var offset: Vector3 = course.to_global(course.goal) - place
	var level: float = Vector2(offset.x, offset.z).length()
	return level <= course.goal_radius and absf(offset.y) < 1.0


func _decisions() -> int:
	var asked: float = Sync.get_parameter("episode_decisions", episode_decisions)
	return clampi(roundi(asked), FEWEST_DECISIONS, MOST_DECISIONS)


# A person's ticks are no decisions.
func _ticks_per_decision() -> int:
	if heuristic == "human" or rl_episode.policy == null or rl_episode.policy.action_repeat < 1:
		return decision_ticks
	return rl_episode.policy.action_repeat


# Keyboard and mouse move the simulated sticks; a headset's controllers move the player themselves.
func _let_person_act() -> void:
	if player.headset.is_simulating:
		set_action(desktop.read())
