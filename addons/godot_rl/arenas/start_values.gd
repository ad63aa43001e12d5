extends RefCounted
## What an episode begins with besides its number: the level that it plays, and the environment
## parameters that are set or drawn for it.
##
## RLEpisodeStarts asks it, before `begin_arena` for the agents that begin together and before
## `begin_episode` for each. Both follow from the seed of the episode that is about to begin, so an
## episode that begins anew has the same. It begins nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLNumbering := preload("res://addons/godot_rl/agents/numbering.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")

## What is set.
var parameters: RLParameters = RLParameters.new()


## Takes the level and the parameters of the episode that all agents of [param arena] begin; with
## [param again] the running one begins anew, if nothing was decided in it.
func prepare(arena: RLArena, again: bool) -> void:
	if arena.agents.is_empty():
		return  # code of the game let them leave while others began
	if arena.levels != null:
		arena.take_level(again)
	_renew(arena, again)


## Says what level an agent plays that begins by itself: levels count for the arena's first agent,
## and one that comes into a running episode of all plays the level of all.
func tell_level(arena: RLArena, controller: Node, again: bool) -> void:
	var numbering: RLNumbering = controller.rl_episode.numbering
	if numbering.was_told_level():
		return
	var place: int = arena.agents.find(controller)
	if arena.is_bound():
		numbering.expect_level(arena.levels.running, place)
	elif place == 0:
		arena.take_level(again)


## The parameters that hold in the episode which an agent begins. Where nothing is drawn, or all
## begin together, they are the arena's.
func of_agent(arena: RLArena, controller: Node, again: bool) -> Dictionary[String, float]:
	if arena.is_bound():
		return arena.values
	var is_first: bool = arena.agents[0] == controller
	if is_first or arena.revision != parameters.revision:
		_renew(arena, again)
	var values: Dictionary[String, float] = arena.values
	if arena.draws and not is_first:
		values = parameters.values_for(arena.index, _next_seed(controller.rl_episode, again))
	if not arena.own_values.is_empty():
		values = values.merged(arena.own_values[arena.agents.find(controller)], true)
	return values


# What is drawn for the arena follows from its first agent's seed.
func _renew(arena: RLArena, again: bool) -> void:
	if arena.revision != parameters.revision:
		arena.revision = parameters.revision
		arena.draws = parameters.draws_in(arena.index)
		arena.drawn_seed = -1
		if not arena.draws:
			arena.values = parameters.values_for(arena.index)
	if arena.draws:
		var episode_seed: int = _next_seed(arena.agents[0].rl_episode, again)
		if episode_seed != arena.drawn_seed:
			arena.drawn_seed = episode_seed
			arena.values = parameters.values_for(arena.index, episode_seed)


static func _next_seed(episode: RLEpisode, again: bool) -> int:
	return episode.numbering.next_seed(again and episode.is_fresh())
