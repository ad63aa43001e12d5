class_name ScenarioTestCase
extends GodotTestCase
## Base of the scenarios' test cases: a scene without a trainer, whose ticks are counted and whose
## episodes begin as Sync does it. A case adds its scene and gives its agent to [method take_over].

const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLRoster := preload("res://addons/godot_rl/agents/roster.gd")
const DELTA: float = 1.0 / 90.0

# The agent that is driven.
var _agent: AIController3D
# Counts the ticks, as Sync's does.
var _roster: RLRoster = RLRoster.new()
var _set: PackedStringArray = []


func _ready() -> void:
	process_physics_priority = 1000000  # a tick is over


func _physics_process(_delta: float) -> void:
	_roster.advance()


func _exit_tree() -> void:
	for name: String in _set:
		RLParameters.shared().set_values({name: null})


## Lets the test act for [param agent], whose scene is in the tree, and begins an episode.
func take_over(agent: AIController3D, episode_seed: int) -> void:
	_agent = agent
	agent.set_heuristic("model")
	_roster = RLRoster.new()
	_roster.join(agent, 1)
	begin(episode_seed)


## Begins the episode of this seed as Sync does.
func begin(episode_seed: int) -> void:
	_agent.reset()
	_agent.call("begin_episode", episode_seed)
	_agent.zero_reward()
	_agent.done = false


## Sets an environment parameter until the test ends.
func set_parameter(name: String, value: float) -> void:
	_set.append(name)
	Sync.set_parameter(name, value)


## The element [param name] of the observation "obs".
func observe(name: String) -> float:
	var values: PackedFloat32Array = _agent.get_obs()["obs"]
	var names: PackedStringArray = _agent.get_observation_names()["obs"]
	return values[names.find(name)]
