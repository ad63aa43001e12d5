extends RefCounted
## Which agent is looked at, out of those that live now.
##
## The overlay and the debugger link own one each and call [method follow] every frame. It asks the
## autoload Sync for the agents: when the chosen one is gone, the next takes its place. It opens the
## chosen agent's watch and closes it again; the other agents are never touched. Nothing happens
## while agents enter or leave, when a game is half built and must not be read.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Emitted after another agent (or none) was chosen.
signal changed

const RLAgentWatch := preload("res://addons/godot_rl/monitor/agent_watch.gd")

## The chosen agent; null: there is none.
var controller: Node
## What is known of it; null: no agent is chosen.
var watch: RLAgentWatch

var _sync: Node
# Where the chosen agent stood when it was last seen.
var _place: int = 0


## [param sync]: the autoload, or what stands for it in a test.
func _init(sync: Node) -> void:
	_sync = sync


## The names of all living agents, in the order of the run.
func names() -> PackedStringArray:
	var found: PackedStringArray = []
	for agent: Node in agents():
		found.append(RLAgentWatch.name_of(agent))
	return found


## The living agents, in the order of the run.
func agents() -> Array[Node]:
	var living: Array[Node] = []
	for agent: Node in _sync.get_agents():
		if is_instance_valid(agent) and agent.is_inside_tree():
			living.append(agent)
	return living


## Place of the chosen agent among [method agents]; -1: none.
func position() -> int:
	return agents().find(controller) if _is_living() else -1


## Chooses the next agent if the chosen one is gone, and notices who decides for it now.
func follow() -> void:
	if _is_living():
		watch.meet(_sync.policy_of(controller))
		return
	var living: Array[Node] = agents()
	if not living.is_empty():
		choose(living[mini(_place, living.size() - 1)])
	elif watch != null:
		choose(null)


## Goes [param by] agents on, round and round.
func step(by: int) -> void:
	var living: Array[Node] = agents()
	if not living.is_empty():
		choose(living[posmod(maxi(position(), 0) + by, living.size())])


## Chooses the agent with this name; returns whether there is one.
func choose_named(name: String) -> bool:
	for agent: Node in agents():
		if RLAgentWatch.name_of(agent) == name:
			choose(agent)
			return true
	return false


## Chooses [param agent]; null: none.
func choose(agent: Node) -> void:
	if agent != null and _is_living() and agent == controller:
		return
	_close_watch()
	controller = agent
	if agent != null:
		_place = maxi(position(), 0)
		watch = RLAgentWatch.open(agent, _sync.policy_of(agent))
	changed.emit()


## Looks at nobody any more.
func close() -> void:
	_close_watch()
	controller = null


func _is_living() -> bool:
	return is_instance_valid(controller) and controller.is_inside_tree()


func _close_watch() -> void:
	if watch != null:
		watch.close()
	watch = null
