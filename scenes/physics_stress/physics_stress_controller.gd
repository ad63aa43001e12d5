class_name PhysicsStressController
extends AIController3D
## The agent of `physics_stress`: observes, spawns, throws, switches particles, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. As guard it keeps the
## frames within the budget, as attacker it drives them over it (parameter `attack`).

## Bodies that one decision spawns at most.
const MOST_SPAWNED: int = 10
## A throw action shorter than this is none.
const LEAST_THROW: float = 0.1
## Share of frames within the budget with which a guard succeeds, and over it an attacker.
const GUARDED: float = 0.99
const ATTACKED: float = 0.9

@export var stress: PhysicsStress
@export var observation: StressObservation
## Whether the agent attacks where no parameter says.
@export var attack: bool = false

## The running episode's rewards.
var rewards: StressRewards = StressRewards.new()

var _attacks: bool = false
var _body_ticks: int = 0


func _ready() -> void:
	init(stress)
	for detector: RLBodyDetector in stress.detectors:
		detector.found.connect(_on_found)
	begin_episode(0)


func _physics_process(delta: float) -> void:
	super(delta)
	if not done:
		_body_ticks += stress.bodies.all.size()


## Puts the room at the start of the episode of this seed, at once.
func begin_episode(episode_seed: int) -> void:
	_attacks = Sync.get_parameter("attack", float(attack)) > 0.5
	rewards.restart(_attacks)
	_body_ticks = 0
	stress.restart(episode_seed)


## Number of StressObservation's elements.
func get_obs_size() -> int:
	return observation.size()


## Writes StressObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	var left: float = 1.0 - float(stress.frame.ticks) / reset_after
	observation.write(buffer, offset, clampf(left, 0.0, 1.0))


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": observation.names()}


## Bodies to spawn, the throw of the nearest body, and particles off or on.
func get_action_space() -> Dictionary:
	return {
		"spawn": {"size": MOST_SPAWNED + 1, "action_type": "discrete"},
		"throw": {"size": 3, "action_type": "continuous"},
		"particles": {"size": 2, "action_type": "discrete"},
	}


## Spawns, throws and switches.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	var spawned: int = action["spawn"]
	var sparks: int = action["particles"]
	var thrown: Vector3 = Vector3(action["throw"][0], action["throw"][1], action["throw"][2])
	stress.frame.begin_stretch()
	stress.bodies.spawn(spawned * stress.spawn_most / MOST_SPAWNED)
	stress.spark(sparks == 1)
	if thrown.length() > LEAST_THROW:
		stress.hand.reach_and_throw(thrown.limit_length(1.0) * StressHand.HAND_SPEED)


## See AIController3D: what the ticks since the last decision earned.
func get_reward() -> float:
	_reckon()
	return reward


## The state that exploration counts: how full the room is, how lively, what was thrown.
func get_cell() -> String:
	var layers: Vector3i = stress.bodies.layer_counts()
	var full: int = stress.bodies.all.size() * 8 / maxi(stress.bodies.most, 1)
	var lively: int = clampi(roundi(log(1.0 + stress.bodies.kinetic_energy())), 0, 9)
	return "%d/%d/%d/%d" % [full, lively, mini(layers.z, 4), int(stress.frame.sparks)]


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var frame: StressFrame = stress.frame
	var share: float = float(frame.within) / maxi(frame.ticks, 1)
	return {
		"is_success": _has_succeeded(share),
		"metrics":
		{
			"success": float(_has_succeeded(share)),
			"within_share": share,
			"jitters": frame.jitters,
			"worst_ms": frame.worst_ms,
			"bodies": float(_body_ticks) / maxi(frame.ticks, 1),
			"throws": stress.hand.throws,
			"drained": stress.bodies.drained,
			"tunnelling": rewards.findings.get(&"tunnelling", 0),
			"energy_gain": rewards.findings.get(&"energy_gain", 0),
		},
		"reward_terms": rewards.sums.duplicate(),
	}


func _has_succeeded(share: float) -> bool:
	if not _attacks:
		return share >= GUARDED
	return 1.0 - share >= ATTACKED or not rewards.findings.is_empty()


# Pays for the ticks that have passed since the last time.
func _reckon() -> void:
	var passed: Vector3i = stress.frame.take_counts()
	rewards.add(&"within", passed.x)
	rewards.add(&"late", passed.y)
	rewards.add(&"jitter", passed.z)
	reward += rewards.take()


func _on_found(kind: String) -> void:
	rewards.add_finding(StringName(kind))
