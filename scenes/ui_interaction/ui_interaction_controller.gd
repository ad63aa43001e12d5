class_name UIInteractionController
extends AIController3D
## The agent of the scenario `ui_interaction`: observes, points, clicks, drags, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. Sync calls
## begin_episode, get_obs, set_action and get_info; rewards and ends are looked at whenever the
## player has sampled.

const UITester := preload("res://addons/godot_rl/ui_testing/ui_tester.gd")

## Decisions an episode may have, at least and at most.
const FEWEST_DECISIONS: int = 50
const MOST_DECISIONS: int = 5000
## Ticks of a decision where a person plays.
const PERSON_TICKS: int = 9

@export var player: UIPlayer
@export var stage: UIStage
@export var observation: UIObservation
@export_group("Defaults of environment parameters")
## Share of the menu's pages that there are, in [0, 1].
@export_range(0.0, 1.0) var menu_size: float = 1.0
## Decisions after which an episode is cut off.
@export_range(50, 5000) var episode_decisions: int = 900

## The running episode's rewards.
var rewards: UIRewards = UIRewards.new()
## What looks at the menu as a player does.
var tester: UITester
## Messages of the running episode's findings.
var found: PackedStringArray = []
## Reads a person's mouse.
var desktop: UIDesktop

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _counts: Dictionary[String, float] = {}
var _last_angle: float = INF
var _last_to_do: int = 0
var _last_page: String = ""


func _ready() -> void:
	init(player)
	tester = UITester.new(player.right_pointer)
	tester.follow(player.left_pointer)
	tester.found.connect(_on_found)
	observation.tester = tester
	player.sampled.connect(_on_sampled)
	player.right_pointer.pressed.connect(_on_pressed.unbind(2))
	desktop = UIDesktop.new(player)
	add_child(desktop)
	player.headset.worn.connect(_look_who_plays.unbind(1))
	begin_episode(0)


func _physics_process(delta: float) -> void:
	if player.is_person and player.headset.is_simulating:
		set_action(desktop.read(delta))
	if not done and player.ticks >= reset_after:
		player.frozen = true
		reward += rewards.take()


## Draws the menu of the episode of this seed and puts the player before it, at once.
func begin_episode(episode_seed: int) -> void:
	_rng.seed = episode_seed
	tester.let_go()
	player.let_go()
	player.sample_ticks = _ticks_per_decision()
	rewards.restart()
	reset_after = _decisions() * _ticks_per_decision()
	var share: float = clampf(Sync.get_parameter("menu_size", menu_size), 0.0, 1.0)
	stage.build(_rng, share, _wanted_bugs(), heuristic == "human")
	var yaw: float = _rng.randf_range(-0.5, 0.5)
	stage.main_menu.opened.connect(_on_opened.unbind(1))
	player.restart(episode_seed, Vector2(yaw, _rng.randf_range(-0.2, 0.5)))
	tester.begin()
	desktop.recentre()
	_counts = tester.count()
	found.clear()
	_last_page = tester.journals[0].page
	observation.page_age = 0.0
	observation.press_age = 0.0
	observation.time_left = 1.0
	observation.collect()
	_remember_nearest()


## Lets a person who plays use the mouse, or enter with a headset where there is one. What a person
## sets is kept in a file.
func set_heuristic(value: String) -> void:
	super(value)
	player.headset.serve(value, arena_index)
	_look_who_plays()


## The menu page that is shown: what an explorer counts.
func get_cell() -> String:
	return stage.main_menu.get_page_path()


## Number of UIObservation's numbers.
func get_obs_size() -> int:
	return UIObservation.size()


## Writes UIObservation's numbers.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	observation.write(buffer, offset)


## Returns the space of UIObservation's numbers.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [UIObservation.size()], "space": "box"}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": UIObservation.names()}


## Turning of the pointing hand, and whether trigger and grip are pulled.
func get_action_space() -> Dictionary:
	return {
		"point": {"size": 2, "action_type": "continuous"},
		"trigger": {"size": 2, "action_type": "discrete"},
		"grip": {"size": 2, "action_type": "discrete"},
	}


## Pulls trigger and grip where the hand points now, then turns it: to the right, up. Nothing is
## pulled in the tick in which the menu was built: its Controls take a press from the next on.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var trigger: int = action["trigger"]
	var grip: int = action["grip"]
	var is_built: bool = player.ticks > 0
	player.pull(trigger if is_built else 0, grip if is_built else 0)
	player.turn(Vector2(action["point"][0], action["point"][1]))


## Returns what the mouse asks for, for recorded demonstrations.
func get_action() -> Array:
	var action: Dictionary = desktop.read(player.sample_ticks / 90.0)
	return [action["point"][0], action["point"][1], action["trigger"], action["grip"]]


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var counts: Dictionary[String, float] = tester.count()
	var clicks: float = counts["clicks"]
	return {
		"is_success": _is_success(),
		"metrics":
		{
			"success": float(_is_success()),
			"pages": counts["pages"],
			"elements": counts["elements"],
			"sequences": counts["sequences"],
			"findings": found.size(),
			"clicks": clicks,
			"hit_rate": clicks / maxf(clicks + counts["misses"], 1.0),
			"pointer_error": counts["error"] / maxf(clicks, 1.0) * 1000.0,
			"episode_time": player.ticks / float(Engine.physics_ticks_per_second),
		},
		"reward_terms": rewards.sums.duplicate(),
	}


func _on_sampled(seconds: float) -> void:
	if done:
		return
	tester.look()
	observation.page_age += seconds
	observation.press_age += seconds
	if tester.journals[0].page != _last_page:
		_last_page = tester.journals[0].page
		observation.page_age = 0.0
	observation.time_left = maxf(1.0 - float(player.ticks) / reset_after, 0.0)
	observation.collect()
	_pay()
	var is_complete: bool = tester.is_complete()
	if is_complete and _is_success():
		rewards.add(&"complete", 1.0)
	reward += rewards.take()
	if is_complete or tester.is_trapped():
		player.frozen = true
		terminated = true


func _pay() -> void:
	var counts: Dictionary[String, float] = tester.count()
	rewards.add(&"page", counts["pages"] - _counts["pages"])
	rewards.add(&"element", counts["elements"] - _counts["elements"])
	rewards.add(&"sequence", counts["sequences"] - _counts["sequences"])
	rewards.add(&"miss", counts["misses"] - _counts["misses"])
	rewards.add(&"time", 1.0)
	_counts = counts
	var gained: float = _last_angle - observation.nearest_to_do
	if _last_to_do == _key_of_to_do() and is_finite(gained):
		rewards.add(&"approach", gained)
	_remember_nearest()


# Approach is paid while the same things are to be done, so that it adds up to start less end.
func _remember_nearest() -> void:
	_last_angle = observation.nearest_to_do
	_last_to_do = _key_of_to_do()


func _key_of_to_do() -> int:
	return hash([_last_page, _counts["elements"], _counts["sequences"], _counts["pages"]])


func _on_found(kind: String, message: String, data: Dictionary) -> void:
	found.append(message)
	if kind == "dead_element" or kind == "covered_element":
		rewards.add(&"unanswered", 1.0)
	RLFindings.report(self, kind, message, data)


# What a person sets outlives the game.
func _on_opened() -> void:
	if player.is_person:
		stage.keep_settings()


func _look_who_plays() -> void:
	player.is_person = heuristic == "human"
	desktop.is_played = player.is_person and player.headset.is_simulating


func _on_pressed() -> void:
	observation.press_age = 0.0


# Everything that a clean menu can give: whatever was reported cannot have been completed.
func _is_success() -> bool:
	return tester.is_complete() and found.is_empty()


func _wanted_bugs() -> PackedStringArray:
	var wanted: PackedStringArray = []
	for bug: String in UIMenuBugs.NAMES:
		if Sync.get_parameter(bug, 0.0) > 0.5:
			wanted.append(bug)
	return wanted


func _decisions() -> int:
	var asked: float = Sync.get_parameter("episode_decisions", episode_decisions)
	return clampi(roundi(asked), FEWEST_DECISIONS, MOST_DECISIONS)


# A person's ticks are no decisions.
func _ticks_per_decision() -> int:
	if heuristic == "human" or rl_episode.policy == null or rl_episode.policy.action_repeat < 1:
		return PERSON_TICKS
	return rl_episode.policy.action_repeat
