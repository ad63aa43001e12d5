class_name BugReproductionController
extends AIController3D
## The agent of the scenario `bug_reproduction`: plays the yard, and looks for the bug that
## `target_bug` names.
##
## README.md beside this file lists observation, actions, rewards and ends. Sync calls
## begin_episode, write_obs, set_action and get_info. The yard has a game of its own (reach the
## pad), so that the same scene serves for counting who finds bugs without being told of them.

## Choices of the actions; the first of each does nothing.
const WALK: PackedStringArray = ["stand", "walk", "sprint", "back"]
const TURN: PackedStringArray = ["straight", "left", "right", "left fast", "right fast"]
const THROW: PackedStringArray = ["hold", "throw"]
const STICKS: PackedFloat32Array = [0.0, 1.0, 1.0, -1.0]
const TURNS: PackedFloat32Array = [0.0, -0.3, 0.3, -1.0, 1.0]
## A pad nearer than this is reached, m.
const PAD_RADIUS: float = 0.8
## Pads that an episode without a target has to reach.
const PADS_TO_WIN: int = 3
## Edge of a cell of get_cell(), m.
const CELL: float = 2.0
## Below this the player is out of the game, m.
const BOTTOM: float = -3.0

@export var root: BugReproduction
@export var player: YardPlayer
@export var observation: YardObservation
@export var target: BugTarget
## What `target_bug` = 1, 2, ... stands for; see BugTarget.
@export var targets: PackedStringArray = []
## The hint of each, an expression on the scene's root; empty: none.
@export var hints: PackedStringArray = []
## Number of the target where no parameter says otherwise; 0: none, the game itself is played.
@export var target_bug: int = 0

## The running episode's rewards.
var rewards: YardRewards = YardRewards.new()
## Where the pad is, m from the yard's centre.
var pad: Vector3 = Vector3.ZERO
## Pads that were reached.
var pads: int = 0

var _random: RandomNumberGenerator = RandomNumberGenerator.new()
var _pad_left: float = 0.0
var _anchor: Vector3 = Vector3.ZERO
var _anchor_tick: int = 0
var _number: int = 0


func _ready() -> void:
	init(player)
	target.appeared.connect(_on_target_appeared)
	target.hinted.connect(_on_target_hinted)
	begin_episode(0)


func _physics_process(_delta: float) -> void:
	if done:
		return
	_pay_way()
	if player.place.y < BOTTOM:
		rewards.add(&"fall", 1.0)
		_end()
		terminated = true
	elif player.ticks >= reset_after:
		_end()
	else:
		reward += rewards.take()


## Puts the game at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_random.seed = episode_seed
	rewards.restart()
	root.ground.overruns = Sync.get_parameter("bug_race", 0.0) > 0.5
	player.skips_ahead = Sync.get_parameter("bug_tunnel", 0.0) > 0.5
	player.wedges = Sync.get_parameter("bug_wedge", 0.0) > 0.5
	root.bolts.forgets = Sync.get_parameter("bug_leak", 0.0) > 0.5
	_number = clampi(roundi(Sync.get_parameter("target_bug", target_bug)), 0, targets.size())
	target.target = "" if _number == 0 else targets[_number - 1]
	target.hint = "" if _number == 0 or _number > hints.size() else hints[_number - 1]
	_press(0, 0, false)
	root.begin(_random)
	target.restart()
	pads = 0
	_place_pad()
	_anchor = player.place
	_anchor_tick = 0


## Number of YardObservation's elements.
func get_obs_size() -> int:
	return observation.size()


## Writes YardObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	if player.place.distance_squared_to(_anchor) > 0.0025:
		_anchor = player.place
		_anchor_tick = player.ticks
	var held: float = (player.ticks - _anchor_tick) / 90.0
	var left: float = 1.0 - float(player.ticks) / reset_after
	observation.write(buffer, offset, pad, left, held, _number)


## Returns the space of YardObservation's elements.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [observation.size()], "space": "box"}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": observation.names()}


## Three discrete actions: how to walk, how to turn, whether to throw.
func get_action_space() -> Dictionary:
	return {
		"walk": {"size": WALK.size(), "action_type": "discrete"},
		"turn": {"size": TURN.size(), "action_type": "discrete"},
		"throw": {"size": THROW.size(), "action_type": "discrete"},
	}


## Returns the names of the actions' choices, for steps in words (docs/replay.md).
func get_action_names() -> Dictionary:
	return {"walk": WALK, "turn": TURN, "throw": THROW}


## Moves the simulated sticks, grip and trigger.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	_press(action["walk"], action["turn"], action["throw"] == 1)


## The place, in cells of 2 m, and how the player goes.
func get_cell() -> String:
	return (
		"%d,%d,%s" % [floori(player.place.x / CELL), floori(player.place.z / CELL), player.pace()]
	)


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var success: bool = target.has_appeared if _number > 0 else pads >= PADS_TO_WIN
	return {
		"is_success": success,
		"metrics":
		{
			"success": 1.0 if success else 0.0,
			"found": 1.0 if target.has_appeared else 0.0,
			"pads": pads,
			"target": _number,
		},
		"reward_terms": rewards.sums.duplicate(),
	}


func _press(walk: int, turn: int, throws: bool) -> void:
	player.press(STICKS[walk], walk == 2, TURNS[turn])
	if throws:
		root.bolts.throw()


func _pay_way() -> void:
	var left: float = player.place.distance_to(pad)
	rewards.add(&"progress", _pad_left - left)
	_pad_left = left
	if left < PAD_RADIUS:
		pads += 1
		rewards.add(&"pad", 1.0)
		_place_pad()


func _place_pad() -> void:
	pad = root.walls.draw_free_place(_random)
	_pad_left = player.place.distance_to(pad)


func _on_target_hinted(value: float) -> void:
	rewards.add(&"hint", value)


func _on_target_appeared(_text: String) -> void:
	rewards.add(&"found", 1.0)
	_end()
	terminated = true


func _end() -> void:
	player.frozen = true
	reward += rewards.take()
