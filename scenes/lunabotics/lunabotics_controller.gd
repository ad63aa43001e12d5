class_name LunaboticsController
extends AIController2D
## The agent of the scenario `lunabotics`: observes, drives, digs, is rewarded.
##
## README.md beside this file lists observation, actions, rewards and ends. Sync calls
## begin_episode, write_obs, set_action and get_info; LunaJudge says what a decision brought.

@export var field: LunaField
@export var rover: LunaRover
@export var judge: LunaJudge
@export var observation: LunaObservation
## Physics ticks of a decision where no policy says.
@export_range(1, 100) var decision_ticks: int = 6

var _settings: LunaSettings = LunaSettings.new()


func _ready() -> void:
	init(rover)
	judge.judged.connect(_on_judged)
	begin_episode(0)


func _physics_process(_delta: float) -> void:
	if heuristic == "human" and not done:
		_take(
			Input.get_axis("ui_down", "ui_up"),
			Input.get_axis("ui_left", "ui_right"),
			Input.get_action_strength("ui_accept")
		)


## Builds the field of this seed and puts the rover at its start, at once.
func begin_episode(episode_seed: int) -> void:
	_settings.read()
	Engine.physics_ticks_per_second = roundi(1.0 / _settings.dt)
	var drawn: LunaLayout = LunaLayout.new(
		episode_seed, _settings.size, _settings.num_rocks, _settings.num_orbs
	)
	field.build(drawn, _settings.size)
	rover.restart(episode_seed, _settings)
	observation.episode_seed = episode_seed
	var ticks: int = _ticks_per_decision()
	judge.restart(ticks)
	# A limit that is a whole number of decisions but for rounding is that number.
	var decisions: int = ceili(_settings.time_limit / (_settings.dt * ticks) - 1e-6)
	reset_after = maxi(decisions, 1) * ticks


## Number of LunaObservation's elements.
func get_obs_size() -> int:
	return observation.size()


## Writes LunaObservation's elements.
func write_obs(buffer: PackedFloat32Array, offset: int) -> void:
	observation.write(buffer, offset)


## Returns the space of LunaObservation's elements.
func get_obs_space() -> Dictionary:
	return {"obs": {"size": [observation.size()], "space": "box"}}


## Returns the names of the observation's elements.
func get_observation_names() -> Dictionary:
	return {"obs": observation.names()}


## Three continuous actions.
func get_action_space() -> Dictionary:
	return {
		"linear": {"size": 1, "action_type": "continuous"},
		"angular": {"size": 1, "action_type": "continuous"},
		"dig": {"size": 1, "action_type": "continuous"},
	}


## Drives: shares of the largest speed and turning in [-1, 1]; digs from 0.5 on.
@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	_take(action["linear"][0], action["angular"][0], action["dig"][0])


## Returns what the keyboard asks for, for recorded demonstrations.
func get_action() -> Array:
	return [rover.command.x, rover.command.y, float(judge.wants_to_dig)]


## Returns success, metrics and reward terms when the episode has ended, else {}.
func get_info() -> Dictionary:
	if not done:
		return {}
	var decided: int = judge.first_deposit if judge.first_deposit > 0 else rover.decisions
	return {
		"is_success": judge.first_deposit > 0,
		"metrics":
		{
			"success": float(judge.first_deposit > 0),
			"orbs_deposited": judge.deposited,
			"obstacle_contacts": judge.contacts.x,
			"wall_contacts": judge.contacts.y,
			"first_deposit_time": decided * judge.decision_ticks * _settings.dt,
		},
		"reward_terms": judge.rewards.sums.duplicate(),
	}


func _take(linear: float, angular: float, dig: float) -> void:
	rover.command = Vector2(clampf(linear, -1.0, 1.0), clampf(angular, -1.0, 1.0))
	judge.wants_to_dig = dig >= LunaFacts.DIG_THRESHOLD


func _on_judged(earned: float) -> void:
	if done:
		return
	reward += earned
	if judge.deposited >= field.layout.orbs.size():
		judge.is_over = true
		terminated = true


# A person's ticks are no decisions.
func _ticks_per_decision() -> int:
	if heuristic == "human" or rl_episode.policy == null or rl_episode.policy.action_repeat < 1:
		return decision_ticks
	return rl_episode.policy.action_repeat
