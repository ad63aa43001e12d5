@icon("res://addons/godot_rl/icons/ai_controller_3d.svg")
class_name AIController3D
extends Node3D
## One agent: what it observes, what it may do and what it is rewarded for. Extend it for your
## game.
##
## Write get_obs, get_reward (or add to [member reward]), get_action_space and set_action. Then
## either write [code]begin_episode(episode_seed: int) -> void[/code], which Sync calls at the
## decision in which the episode ended, at every reset and at the start (exact first observations,
## seeded episodes); or reset the game yourself when [member needs_reset] is true and call [method
## reset], as controllers of the stock godot-rl plugin do.

## Where the agent's actions come from.
enum ControlModes {
	INHERIT_FROM_SYNC,  ## What the Sync autoload or the command line says.
	HUMAN,  ## The player; the controller's [member heuristic] is "human".
	TRAINING,  ## A trainer over TCP.
	ONNX_INFERENCE,  ## An ONNX policy inside the engine.
	RECORD_EXPERT_DEMOS,  ## The player, recorded to [member expert_demo_save_path].
}

## Which action an ONNX policy takes.
enum ActionChoices {
	INHERIT_FROM_SYNC,  ## What the Sync autoload or the command line says.
	DETERMINISTIC,  ## The most probable one.
	SAMPLED,  ## One drawn from the policy's distribution, as in training.
}

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLMembership := preload("res://addons/godot_rl/agents/membership.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")
const RLViewPicture := preload("res://addons/godot_rl/agents/view_picture.gd")

@export_group("Policy")
## Where the agent's actions come from.
@export var control_mode: ControlModes = ControlModes.INHERIT_FROM_SYNC
## Policy to play in ONNX_INFERENCE mode; empty: the one set on Sync or on the command line.
@export_file("*.onnx") var onnx_model_path: String = ""
## Which action that policy takes.
@export var action_choice: ActionChoices = ActionChoices.INHERIT_FROM_SYNC

@export_group("Episode")
## Episode length limit in physics ticks, at least 1: then [member truncated] and
## [member needs_reset] are set.
@export_range(1, 100000, 1, "or_greater") var reset_after: int = 1000:
	set(value):
		reset_after = value
		rl_episode.steps.expect_limit()

@export_group("Observation")
## How many observations in a row a policy gets as one, the oldest first: those of the last
## decisions of the episode, and zeros for what was not seen yet. For what a single look does not
## tell, such as speeds. In ONNX mode a model that was trained here with another number gets that
## many.
@export_range(1, 64) var observation_stack: int = 1

@export_group("Record expert demos")
## File to which recorded episodes are written, one JSON line each.
@export_global_file("*.jsonl") var expert_demo_save_path: String = ""
## Input that removes the last recorded episode.
@export var remove_last_episode_key: InputEvent
## Physics ticks per recorded decision, at least 1.
@export_range(1, 100, 1, "or_greater") var action_repeat: int = 1

@export_group("Several policies")
## Agents with the same name share a policy in trainers that can train several.
@export var policy_name: String = "shared_policy"

## "human" or "model": whether the player or a policy acts.
var heuristic: String = "human"
## Reward since the last decision. Add to it; Sync reads and zeroes it.
var reward: float = 0.0
## Physics ticks in this episode. Sync counts them.
var n_steps: int:
	get:
		return rl_episode.steps.count()
	set(value):
		rl_episode.steps.set_count(value)
## The scene is expected to reset itself and call [method reset].
var needs_reset: bool = false
## Copy of the scene to which this agent belongs, from 0; set before the first episode.
var arena_index: int = 0
## Bookkeeping of the running episode; for Sync and the policies.
var rl_episode: RLEpisode = RLEpisode.new(self)
## The episode has ended and the next has not begun. Setting it true ends the episode: as truncated
## if the time limit is reached, else as terminated.
var done: bool:
	get:
		return rl_episode.done
	set(value):
		if value:
			rl_episode.end(n_steps >= reset_after)
		else:
			rl_episode.done = false
			rl_episode.steps.expect_limit()
## The episode ended by itself (won, lost, died).
var terminated: bool:
	get:
		return rl_episode.done and rl_episode.terminated
	set(value):
		if value:
			rl_episode.end(false)
## The episode was cut off from outside (time limit); its last state has a future.
var truncated: bool:
	get:
		return rl_episode.done and rl_episode.truncated
	set(value):
		if value:
			rl_episode.end(true)

var _player: Node3D


func _init() -> void:
	RLMembership.follow(self)


## Does nothing; it is here for controllers that call super(), as those of the stock plugin do.
func _ready() -> void:
	pass


## Does nothing: Sync counts the ticks. It is here for controllers that call super().
func _physics_process(_delta: float) -> void:
	pass


## Tells the controller which node it plays.
func init(player: Node3D) -> void:
	_player = player


## Returns the observation: [code]{"obs": Array or PackedFloat32Array}[/code], of constant size,
## every element finite. Reading it must change nothing.
func get_obs() -> Dictionary:
	var values: PackedFloat32Array = []
	if get_obs_size() > 0:
		values.resize(get_obs_size())
		write_obs(values, 0)
	else:
		_report_missing("get_obs")
	return {"obs": values}


## Number of floats that [method write_obs] writes; 0: [method get_obs] is overridden instead.
func get_obs_size() -> int:
	return 0


## Writes the observation "obs" into [param buffer] from index [param offset] on: the fastest way,
## since nothing is allocated and nothing copied. Override it together with [method get_obs_size].
func write_obs(_buffer: PackedFloat32Array, _offset: int) -> void:
	_report_missing("write_obs")


## Returns the reward since the last decision.
func get_reward() -> float:
	return reward


## Returns [code]{name: {"size": n, "action_type": "continuous" or "discrete"}}[/code].
func get_action_space() -> Dictionary:
	_report_missing("get_action_space")
	return {}


## Takes the action to hold until the next decision: continuous ones as an Array of floats in
## [-1, 1], discrete ones as an int in [0, size).
@warning_ignore("untyped_declaration")
func set_action(_action) -> void:
	_report_missing("set_action")


## Returns the action that the player takes, for recording demonstrations.
func get_action() -> Array:
	_report_missing("get_action")
	return []


## Returns facts that are not observations, e.g. [code]{"is_success": true}[/code].
func get_info() -> Dictionary:
	return {}


## Returns the observation's spaces. Override it for images (keys with "2d") or tighter bounds.
func get_obs_space() -> Dictionary:
	return RLSpaces.observation_space(get_obs())


## Returns the names of an observation's elements, [code]{"obs": PackedStringArray}[/code], or {}.
func get_observation_names() -> Dictionary:
	return {}


## Starts counting the next episode.
func reset() -> void:
	n_steps = 0
	needs_reset = false


## Calls [method reset] if the episode has ended.
func reset_if_done() -> void:
	if done:
		reset()


## Sets whether "human" or "model" acts.
func set_heuristic(value: String) -> void:
	heuristic = value


func get_done() -> bool:
	return done


func set_done_false() -> void:
	done = false


func zero_reward() -> void:
	reward = 0.0


## Returns how long this process's physics ticks took since any of its agents was asked, {} at the
## first time, with which the measuring begins: see RLTickTimes.take.
func take_tick_times() -> Dictionary:
	return rl_episode.tick_times.take()


## Returns a picture of the game's window as it is now: see RLViewPicture.take.
func take_picture() -> Dictionary:
	return RLViewPicture.take(self)


func _report_missing(method: String) -> void:
	RLMembership.report_missing(self, method)
