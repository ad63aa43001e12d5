extends RefCounted
## One arena: the agents below one root, and how their episodes begin and end.
##
## RLRoster owns one for each copy of the scene; in a game that is played, one for each scene that
## holds agents. It numbers the arena's episodes, calls the root's optional
## [code]begin_arena(arena_seed: int) -> void[/code], and says when the episode of all is over. It
## knows no policy but by the two facts that decide whose turn it is.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## How the episodes of an arena's agents end.
enum RLMode {
	EACH,  ## An agent that ended begins again by itself.
	TOGETHER,  ## The first end ends the episode of all.
	LAST,  ## An agent that ended waits until all have; then all begin.
}

const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const RLLevels := preload("res://addons/godot_rl/arenas/levels.gd")

## The modes, as `arena_episodes` of a root and `--rl.arena_episodes=` name them.
const MODE_NAMES: PackedStringArray = ["each", "together", "last"]
## Makes the arenas' seeds a stream of their own: an arena and its agent draw different numbers.
const SEED_STREAM: int = 0x41524E41

## Index in this process.
var index: int = 0
## The scene's root, or what stands in its place.
var root: Node:
	set(value):
		root = value
		begins_on_call = value != null and value.has_method("begin_arena")
## The agents below it, in tree order; late ones at the end.
var agents: Array[Node] = []
var mode: RLMode = RLMode.EACH
## Environment parameters of the running episode; never changed in place.
var values: Dictionary[String, float] = {}
## RLParameters.revision of which [member values] are.
var revision: int = -1
## Some of [member values] are drawn for each episode.
var draws: bool = false
## Seed of the episode for which [member values] were drawn; -1: none.
var drawn_seed: int = -1
## Of each agent, parameters that a replay gives it instead of [member values], where agents begin
## each by itself; empty: none.
var own_values: Array[Dictionary] = []
## What it plays next in place of numbered episodes; null: no trainer has ordered levels.
var levels: RLLevels
## Agents that begin an episode in the decision under way.
var due: int = 0
## All its agents begin an episode in the decision under way.
var is_released: bool = false
## Stands in the roster's list of arenas in which an agent has ended.
var is_noted: bool = false
## The root has `begin_arena`.
var begins_on_call: bool = false
## `begin_arena` runs: what the game does belongs to the episode that is about to begin.
var is_beginning: bool = false

## Every episode is the first one again, from a recording's start; see [method repeat].
var repeats: bool = false

var _stream_seed: int = 0
var _count: int = -1
# Its number in the whole run, and how many arenas that has.
var _number: int = 0
var _total: int = 1


## Takes what [param wanted] says, a name of [constant MODE_NAMES], or where that is empty what the
## root's `arena_episodes` says. Returns what is wrong with it, or "".
func read_mode(wanted: String) -> String:
	var said: Variant = wanted
	if wanted.is_empty():
		said = root.get("arena_episodes")
		if said == null:
			return ""
	var found: int = MODE_NAMES.find(str(said))
	if found < 0:
		return (
			'%s: arena_episodes is "each", "together" or "last", not \'%s\''
			% [root.get_path(), said]
		)
	mode = found as RLMode
	return ""


## Sets its number [param number] of [param total] in the whole run, and numbers its episodes from
## 0 again, drawn from [param run_seed].
func renumber(run_seed: int, number: int = _number, total: int = _total) -> void:
	_stream_seed = RLEpisodeSeed.mix(run_seed, SEED_STREAM)
	_number = number
	_total = total
	_count = -1


## Makes [param index] the index of its next episode.
func begin_at(index: int) -> void:
	_number = index
	_count = -1


## Makes every episode from now on begin as the next one.
func repeat() -> void:
	repeats = true
	for controller: Node in agents:
		controller.rl_episode.numbering.repeats = true


## Index of its episode over all arenas of the run; negative before the first.
func episode_index() -> int:
	return _count * _total + _number


## Seed of its episode. It depends on the level alone or, of a numbered episode, on the run's seed
## and the episode's index alone.
func episode_seed() -> int:
	if levels != null and levels.running >= 0:
		return RLEpisodeSeed.mix(levels.running, SEED_STREAM)
	return RLEpisodeSeed.mix(_stream_seed, episode_index())


## Whether its agents' episodes hang together.
func is_bound() -> bool:
	return mode != RLMode.EACH and agents.size() > 1


## Whether all its agents begin an episode in the decision under way; empty seats do not count.
func all_are_due() -> bool:
	if due == agents.size():
		return true
	if due == 0:
		return false
	var present: int = 0
	for controller: Node in agents:
		present += int(not controller.rl_episode.is_vacant or controller.rl_episode.pending)
	return due == present


## All agents begin an episode: counts it and calls `begin_arena`, before any of them begins.
func begin() -> void:
	if not repeats or _count < 0:
		_count += 1
	due = 0
	is_released = false
	if begins_on_call and is_instance_valid(root):
		is_beginning = true
		root.call("begin_arena", episode_seed())
		is_beginning = false


## Whether nothing was decided in its episode.
func is_fresh() -> bool:
	for controller: Node in agents:
		if not controller.rl_episode.is_fresh():
			return false
	return true


## Begins the same episode anew if nothing was decided in it, else the next one.
func begin_again() -> void:
	if is_fresh() and _count >= 0 and not repeats:
		_count -= 1
	begin()


## Makes it play [param queue] next, in place of what is left of the levels before.
func order_levels(queue: PackedInt32Array) -> void:
	if levels == null:
		levels = RLLevels.new()
	levels.set_queue(queue)


## Takes the level of the episode that begins; with [param again] it begins anew, as
## [method begin_again] says. Of agents that begin each by itself it is the first one's.
func take_level(again: bool) -> void:
	if mode == RLMode.EACH:
		var first: RefCounted = agents[0].rl_episode
		first.numbering.expect_level(levels.take(repeats or (again and first.is_fresh())), 0)
		return
	var level: int = levels.take(repeats or (again and is_fresh()))
	for place: int in agents.size():
		agents[place].rl_episode.numbering.expect_level(level, place)


## Whether nothing of its episode is left to play: of agents that end together one has ended, of the
## others all have. A place whose agent left the tree is not waited for.
func is_over() -> bool:
	var ended: int = 0
	for controller: Node in agents:
		ended += int(_has_ended(controller))
	return ended > 0 and (mode == RLMode.TOGETHER or ended == agents.size())


## Ends the episodes of agents that end together, with the first end's kind, where they have no end
## of their own.
func close_episode() -> void:
	var first: Node = null
	for controller: Node in agents:
		var ended: bool = controller.rl_episode.is_held
		if ended and (first == null or _ended_tick(controller) < _ended_tick(first)):
			first = controller
	if first == null:
		return
	for controller: Node in agents:
		if not _has_ended(controller):
			controller.rl_episode.end_with(first.rl_episode.truncated, path_of(first))


## Path of [param controller] below the root, also of one that left the tree.
func path_of(controller: Node) -> String:
	if controller.is_inside_tree() and is_instance_valid(root) and root.is_inside_tree():
		return str(root.get_path_to(controller))
	return str(controller.get("path"))


## The policies at whose decisions its next episode begins: those that keep places (a trainer's),
## else all that act in it.
func leading_policies() -> Array[RefCounted]:
	var all: Array[RefCounted] = policies()
	var keepers: Array[RefCounted] = all.filter(_keeps_places)
	return all if keepers.is_empty() else keepers


## The policies that act in it.
func policies() -> Array[RefCounted]:
	var all: Array[RefCounted] = []
	for controller: Node in agents:
		var policy: RefCounted = controller.rl_episode.policy
		if policy != null and policy not in all:
			all.append(policy)
	return all


## The parameters that hold for [param node], which stands below the root: an agent that began by
## itself may have others than the arena.
func values_of(node: Node) -> Dictionary[String, float]:
	if agents.size() > 1 and node.is_in_group("AGENT") and node in agents:
		return node.rl_episode.parameters
	return values


static func _keeps_places(policy: RefCounted) -> bool:
	return policy.keeps_places


# Whether an end is latched, or was taken and is waited with, or nobody is there who could end.
static func _has_ended(controller: Node) -> bool:
	var episode: RefCounted = controller.rl_episode
	return episode.pending or episode.waits or episode.is_vacant


static func _ended_tick(controller: Node) -> int:
	return controller.rl_episode.ended_tick
