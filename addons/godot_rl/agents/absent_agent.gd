extends "res://addons/godot_rl/agents/held_agent.gd"
## Keeps the place of an agent that left the tree while a run goes on: it observes what the agent
## saw last, earns nothing and takes every action.
##
## RLRoster makes one when a seated agent is freed or its scene is left, and puts the agent that
## comes back (after a reload) into its place. It never enters the tree.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLAbsentAgent := preload("res://addons/godot_rl/agents/absent_agent.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Physics ticks after which an agent that did not come back is taken to be gone.
const RETURN_TICKS: int = 16

## As those of AIController3D.
var rl_episode: RLEpisode
var arena_index: int = 0
var reset_after: int = 1 << 40
var needs_reset: bool = false
var reward: float = 0.0
var policy_name: String = ""
## Path of the agent in the tree when it left; empty for a seat that nobody has taken yet.
var path: NodePath
## Why it is not there, for infos and errors.
var reason: String = ""
## Tick of the clock at which it left.
var left_tick: int = 0

var _observation_space: Dictionary = {}
var _action_space: Dictionary = {}


func _init() -> void:
	super({}, 0)


## Takes the place of [param controller], which saw [param last_observation] at its last decision
## and has these spaces. [param at_tick] is the clock's.
static func standing_for(
	controller: Node,
	last_observation: Dictionary,
	observation_space: Dictionary,
	action_space: Dictionary,
	at_tick: int
) -> RLAbsentAgent:
	var made: RLAbsentAgent = RLAbsentAgent.new()
	made._be_like(controller, observation_space, action_space)
	made._observation = last_observation
	if last_observation.is_empty():
		made._observation = RLSpaces.zeros(observation_space)
	made.path = controller.get_path()
	made.arena_index = controller.arena_index
	made.left_tick = at_tick
	made.reason = "%s left the tree (freed, or its scene was left)" % made.path
	var episode: RLEpisode = controller.rl_episode
	made.rl_episode = episode
	var earned: float = episode.take_reward()
	controller.rl_episode = RLEpisode.new(controller)
	episode.attach(made)
	episode.is_vacant = true
	episode.cut_off(made._observation, made.get_info())
	episode.final_reward += earned
	return made


## Keeps a seat for an agent like [param other] that has not come yet.
static func of_seat(
	other: Node, observation_space: Dictionary, action_space: Dictionary
) -> RLAbsentAgent:
	var made: RLAbsentAgent = RLAbsentAgent.new()
	made._be_like(other, observation_space, action_space)
	made._observation = RLSpaces.zeros(observation_space)
	made.left_tick = -RETURN_TICKS
	made.reason = "no agent has taken this seat yet"
	made.rl_episode = RLEpisode.new(made)
	made.rl_episode.is_vacant = true
	return made


## Gives the place to [param controller]; the episode that it stood for ends.
func yield_to(controller: Node) -> void:
	rl_episode.is_vacant = false
	rl_episode.joins = true
	rl_episode.cut_off(_observation, get_info())
	controller.rl_episode = rl_episode
	controller.arena_index = arena_index
	rl_episode.attach(controller)


func get_reward() -> float:
	return 0.0


func zero_reward() -> void:
	pass


func get_info() -> Dictionary:
	return {"absent": reason}


func get_obs_space() -> Dictionary:
	return _observation_space


func get_action_space() -> Dictionary:
	return _action_space


func get_observation_names() -> Dictionary:
	return {}


func set_action(_action: Dictionary) -> void:
	pass


func begin_episode(_episode_seed: int) -> void:
	pass


func reset() -> void:
	pass


func set_heuristic(_value: String) -> void:
	pass


func _be_like(other: Node, observation_space: Dictionary, action_space: Dictionary) -> void:
	policy_name = other.policy_name
	_observation_space = observation_space
	_action_space = action_space
	_written_size = other.get_obs_size()
