extends RefCounted
## The agents of one process, in arena order where there are arenas, and their clock.
##
## The session owns it. It counts ticks, cuts episodes off at their time limit, knows when ended
## episodes can be handed to a decision ([method settled]) and begins the next ones; it never talks
## to a policy.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLClock := preload("res://addons/godot_rl/agents/clock.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLEpisodeSeed := preload("res://addons/godot_rl/agents/episode_seed.gd")
const RLEpisodeStarts := preload("res://addons/godot_rl/arenas/episode_starts.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")
const RLTickTimes := preload("res://addons/godot_rl/agents/tick_times.gd")

## Physics ticks for which a controller that resets itself is waited for at a decision.
const MAX_WAIT_TICKS: int = 2
## Number of the first agent that came after the others; no evaluation counts its episodes.
const FIRST_LATE_INDEX: int = 1 << 40
## Sets the episodes of reserved seats apart.
const MOST_RESERVED: int = 1 << 20

## Every agent, sorted by arena, then by place in the scene tree; late ones at their arena's end.
var agents: Array[Node] = []
var clock: RLClock = RLClock.new()
## Physics ticks since the run began.
var tick: int:
	get:
		return clock.tick
## How long the ticks take; Sync measures.
var tick_times: RLTickTimes = RLTickTimes.new()
## An RLPerformanceRecord where a run asks for one; else null.
var performance: RefCounted
## Agents whose episode began and that no decision has observed yet.
var begun: Array[Node]:
	get:
		return starts.begun
## Each is called with an agent whose end is being taken, while that can still be read.
var when_ended: Array[Callable]:
	get:
		return starts.when_ended
## Each is called with an agent whose next episode is about to begin.
var when_beginning: Array[Callable]:
	get:
		return starts.when_beginning
## Roots of the arenas; empty in a game, where every scene is one.
var arena_roots: Array[Node] = []
## Begins episodes, arena by arena.
var starts: RLEpisodeStarts = RLEpisodeStarts.new()
## The arenas, those of [member arena_roots] first.
var arenas: Array[RLArena]:
	get:
		return starts.arenas
## What scenes read with Sync.get_parameter().
var parameters: RLParameters:
	get:
		return starts.parameters
## Counts the resets of all agents.
var resets: int = 0

var _inbox: Array[RLEpisode] = []
# Whether there are controllers that reset themselves, as games for the stock plugin do.
var _some_reset_themselves: bool = false
var _late: int = 0
# Scripts of controllers that were told to have no way to start an episode.
var _told: Dictionary[Script, bool] = {}


## Collects the agents below the arenas' roots and numbers them.
func collect(roots: Array[Node], options: RLLaunchOptions) -> void:
	arena_roots = roots
	starts.arena_episodes = options.arena_episodes
	for index: int in roots.size():
		var found: Array[Node] = find_agents(roots[index])
		var arena: RLArena = starts.add_arena(roots[index])
		arena.renumber(options.env_seed, options.arena_offset + index, options.arena_total)
		for i: int in found.size():
			found[i].arena_index = index
			var episode: RLEpisode = found[i].rl_episode
			episode.agent_index = (options.arena_offset + index) * found.size() + i
			episode.agent_total = options.arena_total * found.size()
			episode.renumber(options.env_seed)
			_take(found[i], arena)


## Adds an agent that came later; its episodes are drawn from [param run_seed] and its turn.
func join(controller: Node, run_seed: int) -> void:
	var episode: RLEpisode = controller.rl_episode
	var arena: RLArena = _arena_of(controller)
	if arena == null:
		arena = starts.add_arena(_arena_root_of(controller))
		arena.renumber(RLEpisodeSeed.mix(run_seed, FIRST_LATE_INDEX + _late))
	if arena.index < arena_roots.size():
		controller.arena_index = arena.index
	episode.agent_index = FIRST_LATE_INDEX
	episode.agent_total = 1
	episode.renumber(RLEpisodeSeed.mix(run_seed, _late))
	_late += 1
	_take(controller, arena)


## Adds a stand-in to arena number [param index] for an agent that has not come yet; it is number
## [param number] of its kind.
func reserve(stand_in: Node, index: int, number: int) -> void:
	var like: RLEpisode = arenas[index].agents[0].rl_episode
	var episode: RLEpisode = stand_in.rl_episode
	stand_in.arena_index = index
	episode.agent_index = FIRST_LATE_INDEX + number
	episode.agent_total = MOST_RESERVED
	episode.renumber(like.numbering.run_seed)
	_take(stand_in, arenas[index])
	begin_next(stand_in)


## Adds an agent again that was moved within the tree: its episode goes on.
func come_back(controller: Node) -> void:
	var arena: RLArena = _arena_of(controller)
	_take(controller, arena if arena != null else starts.add_arena(_arena_root_of(controller)))


## The root of arena [param index] is [param root] now: its scene was changed or made anew.
func renew_root(root: Node, index: int = 0) -> void:
	arena_roots[index] = root
	arenas[index].root = root


## Forgets an agent that left the tree.
func part(controller: Node) -> void:
	var episode: RLEpisode = controller.rl_episode
	agents.erase(controller)
	starts.part(controller)
	_inbox.erase(episode)
	episode.inbox = []
	episode.captures = false
	episode.policy = null
	episode.clear_end()


## Puts [param other] into the place of [param member]; both share an episode.
func replace(member: Node, other: Node) -> void:
	agents[agents.find(member)] = other
	starts.replace(member, other)
	if not other.rl_episode.begins_on_call():
		_some_reset_themselves = true


## Returns the controllers in [param root] and below, in tree order.
static func find_agents(root: Node) -> Array[Node]:
	var found: Array[Node] = []
	if root.is_in_group("AGENT") and not root.is_queued_for_deletion():
		found.append(root)
	for child: Node in root.get_children():
		if not child.is_queued_for_deletion():
			found.append_array(find_agents(child))
	return found


## Returns what is wrong with the first agent that is no controller, or "".
static func stranger_error(members: Array[Node]) -> String:
	for agent: Node in members:
		if not (agent is AIController2D or agent is AIController3D):
			var script: Script = agent.get_script() as Script
			return (
				(
					"%s (%s) is in the group AGENT, but does not extend AIController2D or "
					+ "AIController3D: move the agent's methods to a controller below it"
				)
				% [agent.name, "no script" if script == null else script.resource_path]
			)
	return ""


## A physics tick has passed: cuts off the episodes whose time is over and completes the rewards of
## all that ended in it.
func advance() -> void:
	clock.tick += 1
	if clock.tick >= clock.next_limit:
		_cut_off_overdue()
	if not _inbox.is_empty():
		close_rewards()


## Completes the rewards of episodes that ended in the last tick.
func close_rewards() -> void:
	for episode: RLEpisode in _inbox:
		episode.close_reward()
		var arena: RLArena = episode.arena
		if arena != null and arena.mode != RLArena.RLMode.EACH:
			starts.note_end(episode)
	_inbox.clear()


## Whether every ended agent of [param members] is ready for its next episode. Controllers that
## poll `needs_reset` get up to MAX_WAIT_TICKS ticks to notice it; then [code]reset()[/code] is
## called for them. Ask once a tick, when a decision is due.
func settled(members: Array[Node]) -> bool:
	var ready: bool = true
	if not _some_reset_themselves:
		return ready
	for controller: Node in members:
		var episode: RLEpisode = controller.rl_episode
		if episode.begins_on_call():
			continue
		if not controller.needs_reset:
			episode.waited_ticks = 0
			continue
		if not (episode.pending or episode.waited_ticks > 0):
			continue
		if episode.waited_ticks < MAX_WAIT_TICKS:
			episode.waited_ticks += 1
			ready = false
		else:
			_tell_of_no_reset(controller)
			controller.reset()
			episode.waited_ticks = 0
	return ready


## Starts the first episode of every agent.
func begin_all() -> void:
	starts.begin_all()


## Starts an episode anew in every agent of [param members], which are all of their arenas', as a
## reset message asks. With [param run_seed] >= 0 their episodes are numbered from 0 again.
func begin_again(members: Array[Node], run_seed: int) -> void:
	_inbox.clear()
	resets += 1
	if run_seed >= 0:
		seed(run_seed)
	starts.begin_again(members, run_seed)


## Forgets what happened in the ticks in which controllers that reset themselves did so after a
## reset message: the reward, and an end that they report again while doing so.
func start_clean(members: Array[Node]) -> void:
	for controller: Node in members:
		var episode: RLEpisode = controller.rl_episode
		if not episode.begins_on_call():
			_inbox.erase(episode)
			episode.clear_end()
			controller.zero_reward()


## Takes a latched end out of an agent and starts its next episode.
func begin_next(controller: Node) -> void:
	starts.begin_next(controller)


## Takes the nodes that games queued for deletion when episodes began out of the tree, so that
## nothing observes them any more. Policies call it before they observe.
func detach_deleted() -> void:
	if begun.is_empty():
		return
	var last: Node = null
	for controller: Node in begun:
		if not controller.is_inside_tree():
			continue
		var root: Node = _root_of(controller)
		if root != last:
			_detach_below(root)
		last = root
	begun.clear()


static func _detach_below(node: Node) -> void:
	for child: Node in node.get_children():
		if child.is_queued_for_deletion():
			node.remove_child(child)
		elif child.get_child_count() > 0:
			_detach_below(child)


func _root_of(controller: Node) -> Node:
	if controller.arena_index < arena_roots.size():
		var root: Node = arena_roots[controller.arena_index]
		if is_instance_valid(root):
			return root
	return _top_of(controller)


# The arena that an agent which came later belongs to; null: it is the first there.
func _arena_of(controller: Node) -> RLArena:
	if not arena_roots.is_empty():
		return starts.arena_below(controller)
	return starts.arena_at(_arena_root_of(controller))


# In a game: the nearest node above that says how episodes of its agents begin or end, else the
# scene.
static func _arena_root_of(controller: Node) -> Node:
	var node: Node = controller.get_parent()
	while node != null:
		if node.has_method("begin_arena") or node.get("arena_episodes") != null:
			return node
		node = node.get_parent()
	return _top_of(controller)


static func _top_of(controller: Node) -> Node:
	var top: Node = controller
	while top.get_parent() != controller.get_tree().root and top.get_parent() != null:
		top = top.get_parent()
	return top


func _take(controller: Node, arena: RLArena) -> void:
	var episode: RLEpisode = controller.rl_episode
	episode.arena = arena
	arena.agents.append(controller)
	episode.inbox = _inbox
	episode.tick_times = tick_times
	episode.steps.follow(clock)
	agents.insert(_place_of(arena), controller)
	if not episode.begins_on_call():
		_some_reset_themselves = true


# Where the next agent of an arena stands: behind its others, so that a reset meets each arena once.
func _place_of(arena: RLArena) -> int:
	for i: int in range(agents.size() - 1, -1, -1):
		if agents[i].rl_episode.arena == arena:
			return i + 1
	return agents.size()


func _cut_off_overdue() -> void:
	clock.next_limit = RLClock.NEVER
	for controller: Node in agents:
		var episode: RLEpisode = controller.rl_episode
		if episode.done:
			continue
		var limit: int = episode.steps.limit_tick()
		if clock.tick >= limit:
			controller.needs_reset = true
			episode.end(true)
		else:
			clock.expect_limit(limit)


# The next episode would begin where the last one ended.
func _tell_of_no_reset(controller: Node) -> void:
	var script: Script = controller.get_script()
	if _told.has(script):
		return
	_told[script] = true
	(
		RLLog
		. warn(
			(
				(
					"%s (%s): the episode ended and nothing was put back to its start: write "
					+ "begin_episode(episode_seed: int) -> void, or reset the game where needs_reset is true"
				)
				% [controller.get_path(), script.resource_path]
			)
		)
	)
