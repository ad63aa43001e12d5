extends RefCounted
## Begins episodes: those that are due in a decision all begin before any agent observes, each
## arena's `begin_arena` before its agents' `begin_episode`.
##
## RLRoster owns it. Policies hand over agents whose end was taken ([method end_taken]); the session
## says when an arena whose agents begin together is over ([method release]). It never looks at an
## observation or a reward.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLStartValues := preload("res://addons/godot_rl/arenas/start_values.gd")

## The arenas, by their index.
var arenas: Array[RLArena] = []
## Arenas whose agents begin together and of which some have ended.
var ending: Array[RLArena] = []
## Agents whose episode began and that no decision has observed yet.
var begun: Array[Node] = []
## What scenes read with Sync.get_parameter().
var parameters: RLParameters:
	get:
		return _values.parameters
	set(value):
		_values.parameters = value
		value.arenas = arenas
## Overrules what the arenas' roots say of their mode; empty: nothing does.
var arena_episodes: String = ""
## What is wrong with an arena; empty while nothing is.
var error: String = ""

## Each is called with an agent whose end is being taken, while that can still be read.
var when_ended: Array[Callable] = []
## Each is called with an agent whose next episode is about to begin.
var when_beginning: Array[Callable] = []

# Levels and parameters of the episodes that begin.
var _values: RLStartValues = RLStartValues.new()
# Agents that begin an episode in the decision under way, and arenas of which all do.
var _due: Array[Node] = []
var _due_arenas: Array[RLArena] = []
# Arenas of which some agents begin an episode, and not all.
var _partly_due: Array[RLArena] = []


## Adds the arena below [param root].
func add_arena(root: Node) -> RLArena:
	_forget_left_arenas()
	var arena: RLArena = RLArena.new()
	arena.index = arenas.size()
	arena.root = root
	arena.values = parameters.fixed_for(arena.index)
	arenas.append(arena)
	if error.is_empty():
		error = arena.read_mode(arena_episodes)
	return arena


## The arena at whose root or below [param controller] stands; null: it is the first there.
func arena_below(controller: Node) -> RLArena:
	for arena: RLArena in arenas:
		var root: Node = arena.root if is_instance_valid(arena.root) else null
		if root != null and (root == controller or root.is_ancestor_of(controller)):
			return arena
	return null


## The arena of [param root]; null: there is none.
func arena_at(root: Node) -> RLArena:
	for arena: RLArena in arenas:
		if is_instance_valid(arena.root) and arena.root == root:
			return arena
	return null


## Forgets an agent that left the tree.
func part(controller: Node) -> void:
	begun.erase(controller)
	var arena: RLArena = controller.rl_episode.arena
	if arena == null:
		return
	if controller in _due:
		_due.erase(controller)
		arena.due -= 1
	arena.agents.erase(controller)
	if arena.agents.is_empty():
		ending.erase(arena)
		arena.is_noted = false


## Puts [param other] into the place of [param member]; both share an episode.
func replace(member: Node, other: Node) -> void:
	begun.erase(member)
	if member in _due:
		_due[_due.find(member)] = other
	for arena: RLArena in arenas:
		if member in arena.agents:
			arena.agents[arena.agents.find(member)] = other


## An end is latched and its reward complete: agents that begin together are waited for.
func note_end(episode: RLEpisode) -> void:
	var arena: RLArena = episode.arena
	if arena == null or not arena.is_bound() or episode.joins:
		return
	episode.is_held = arena.mode == RLArena.Mode.TOGETHER
	_note(arena)


## The end of an agent's episode was taken: its next one is due, unless it waits for the others of
## its arena.
func end_taken(controller: Node) -> void:
	var episode: RLEpisode = controller.rl_episode
	var arena: RLArena = episode.arena
	for told: Callable in when_ended:
		told.call(controller)
	if arena == null:
		_due.append(controller)
	elif (
		arena.mode == RLArena.Mode.EACH
		or not arena.is_bound()
		or episode.joins and not arena.is_released
	):
		_due.append(controller)
		arena.due += 1
	elif not arena.is_released:
		episode.wait()
		_note(arena)


## The agent begins an episode with the next [method begin_due].
func make_due(controller: Node) -> void:
	_due.append(controller)
	if controller.rl_episode.arena != null:
		controller.rl_episode.arena.due += 1


## All agents of [param arena] begin an episode with the next [method begin_due]; ends of theirs
## that are latched can be taken now.
func release(arena: RLArena) -> void:
	ending.erase(arena)
	arena.is_noted = false
	arena.is_released = true
	_due_arenas.append(arena)
	for controller: Node in arena.agents:
		controller.rl_episode.is_held = false


## Starts the episodes that are due, arena by arena: all of a decision's before any agent observes.
## With [param in_decision] the agents act in this decision.
func begin_due(in_decision: bool = true) -> void:
	if _due.is_empty() and _due_arenas.is_empty():
		return
	for arena: RLArena in _due_arenas:
		_begin_arena(arena)
		for controller: Node in arena.agents.duplicate():
			_begin_one_due(controller, in_decision)
	_due_arenas.clear()
	# Code of the game may let an agent leave; a stand-in is then in its place.
	for i: int in _due.size():
		if i >= _due.size():
			break
		var controller: Node = _due[i]
		var episode: RLEpisode = controller.rl_episode
		var arena: RLArena = episode.arena
		if arena != null and arena.due > 0:
			if arena.due == arena.agents.size() or arena.all_are_due():
				_begin_arena(arena)
				if i >= _due.size():
					break
				controller = _due[i]
				episode = controller.rl_episode
			elif arena not in _partly_due:
				_partly_due.append(arena)
		_begin(controller, episode, false)
		if in_decision:
			episode.will_act()
	for arena: RLArena in _partly_due:
		arena.due = 0
	_partly_due.clear()
	_due.clear()


## Starts the first episode of every agent.
func begin_all() -> void:
	for arena: RLArena in arenas:
		_begin_arena(arena)
		for controller: Node in arena.agents:
			begin_next(controller)


## See RLRoster.begin_again.
func begin_again(members: Array[Node], run_seed: int) -> void:
	_forget_ends()
	if run_seed >= 0:
		for controller: Node in members:
			controller.rl_episode.renumber(run_seed)
	var last: RLArena = null
	for controller: Node in members:
		var episode: RLEpisode = controller.rl_episode
		if episode.arena != last:
			last = episode.arena
			if last != null:
				_begin_arena_again(last, run_seed)
		_begin(controller, episode, true)
		controller.zero_reward()
		if not episode.begins_on_call():
			controller.needs_reset = true
			episode.waited_ticks = 1  # settled() then waits for the controller to notice


## Starts the next episode of one agent.
func begin_next(controller: Node) -> void:
	_begin(controller, controller.rl_episode, false)


func _begin_one_due(controller: Node, in_decision: bool) -> void:
	if not is_instance_valid(controller):
		return
	var episode: RLEpisode = controller.rl_episode
	_begin(controller, episode, false)
	if in_decision:
		episode.will_act()


func _begin(controller: Node, episode: RLEpisode, again: bool) -> void:
	if not when_beginning.is_empty():
		for told: Callable in when_beginning:
			told.call(controller)
	begun.append(controller)
	var arena: RLArena = episode.arena
	if arena != null and arena.levels != null:
		_values.tell_level(arena, controller, again)
	# While nothing was ever set there is nothing to hand on.
	if arena != null and parameters.revision > 0:
		episode.parameters = _values.of_agent(arena, controller, again)
		parameters.beginning = episode.parameters
	parameters.is_beginning = true
	episode.begin_next(again)
	parameters.is_beginning = false


func _begin_arena(arena: RLArena) -> void:
	_values.prepare(arena, false)
	if not arena.begins_on_call:
		arena.begin()
		return
	parameters.is_beginning = true
	parameters.beginning = arena.values
	arena.begin()
	parameters.is_beginning = false


func _begin_arena_again(arena: RLArena, run_seed: int) -> void:
	if run_seed >= 0:
		arena.renumber(run_seed)
	_values.prepare(arena, true)
	parameters.is_beginning = true
	parameters.beginning = arena.values
	arena.begin_again()
	parameters.is_beginning = false


# Scenes come and go in a game: arenas that left the tree with their agents.
func _forget_left_arenas() -> void:
	for arena: RLArena in arenas.duplicate():
		var root: Node = arena.root if is_instance_valid(arena.root) else null
		if arena.agents.is_empty() and (root == null or not root.is_inside_tree()):
			arenas.erase(arena)
			ending.erase(arena)


func _note(arena: RLArena) -> void:
	if not arena.is_noted:
		arena.is_noted = true
		ending.append(arena)


func _forget_ends() -> void:
	for arena: RLArena in ending:
		arena.is_noted = false
	ending.clear()
	for arena: RLArena in arenas:
		arena.due = 0
		arena.is_released = false
	_due.clear()
	_due_arenas.clear()
