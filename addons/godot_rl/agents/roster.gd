extends RefCounted
## The agents of one process: found once, in arena order, and numbered over the whole run.
##
## Sync owns it. It knows when ended episodes can be handed to a decision ([method settled]) and
## begins the next ones; it never talks to a policy.

const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLTickTimes := preload("res://addons/godot_rl/agents/tick_times.gd")

## Physics ticks for which a controller that resets itself is waited for at a decision.
const MAX_WAIT_TICKS: int = 2

## Every agent, sorted by arena, then by place in the scene tree.
var agents: Array[Node] = []
## Physics ticks since the run began; Sync counts it.
var tick: int = 0
## How long the ticks take; Sync measures.
var tick_times: RLTickTimes = RLTickTimes.new()

var _inbox: Array[RLEpisode] = []
# Whether there are controllers that reset themselves, as games for the stock plugin do.
var _some_reset_themselves: bool = false


## Collects the agents below the arenas' roots and numbers them.
func collect(arena_roots: Array[Node], options: RLLaunchOptions) -> void:
	var per_arena: int = 0
	for arena: int in arena_roots.size():
		var found: Array[Node] = find_agents(arena_roots[arena])
		per_arena = found.size()
		for i: int in found.size():
			var controller: Node = found[i]
			controller.arena_index = arena
			var episode: RLEpisode = controller.rl_episode
			episode.agent_index = (options.arena_offset + arena) * per_arena + i
			episode.agent_total = options.arena_total * per_arena
			episode.inbox = _inbox
			episode.tick_times = tick_times
			episode.renumber(options.env_seed)
			agents.append(controller)
			if not episode.begins_on_call():
				_some_reset_themselves = true


## Returns the controllers in [param root] and below, in tree order.
static func find_agents(root: Node) -> Array[Node]:
	var found: Array[Node] = []
	if root.is_in_group("AGENT"):
		found.append(root)
	for child: Node in root.get_children():
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


## Completes the rewards of episodes that ended in the last tick. Called at the start of each tick.
func close_rewards() -> void:
	for episode: RLEpisode in _inbox:
		episode.close_reward(tick)
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
			controller.reset()
			episode.waited_ticks = 0
	return ready


## Starts the first episode of every agent.
func begin_all() -> void:
	for controller: Node in agents:
		controller.rl_episode.begin_next(tick)


## Starts an episode anew in every agent of [param members], as a reset message asks. With
## [param run_seed] >= 0 their episodes are numbered from 0 again.
func begin_again(members: Array[Node], run_seed: int) -> void:
	_inbox.clear()
	for controller: Node in members:
		var episode: RLEpisode = controller.rl_episode
		if run_seed >= 0:
			episode.renumber(run_seed)
		episode.begin_again(tick)
		controller.zero_reward()
		if not episode.begins_on_call():
			controller.needs_reset = true
			episode.waited_ticks = 1  # settled() then waits for the controller to notice
	if run_seed >= 0:
		seed(run_seed)


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
	controller.rl_episode.begin_next(tick)
