extends RefCounted
## Agents whose decisions and rewards a test tells by hand, and what stands for Sync and a policy
## then. test_live_overlay.gd looks at agents that the real Sync drives.


## A policy that only tells about itself.
class ToldPolicy:
	extends RefCounted
	var action_repeat: int = 6
	var physics_ticks_per_second: int = 60
	var value: float = NAN

	func describe() -> String:
		return "told"

	func value_of(_controller: Node) -> float:
		return value


## The part of Sync that the monitor asks.
class ToldSync:
	extends Node
	var agents: Array[Node] = []
	var policy: ToldPolicy = ToldPolicy.new()

	func get_agents() -> Array[Node]:
		return agents

	func policy_of(_controller: Node) -> RefCounted:
		return policy


## An agent that observes [member values].
class ToldAgent:
	extends AIController3D
	var values: Array = [0.5, -0.25]
	var reads: int = 0

	func begin_episode(_episode_seed: int) -> void:
		pass

	func get_obs() -> Dictionary:
		reads += 1
		return {"obs": values}

	func get_observation_names() -> Dictionary:
		return {"obs": PackedStringArray(["speed"])}

	func get_action_space() -> Dictionary:
		return {
			"move": {"size": 2, "action_type": "continuous"},
			"jump": {"size": 3, "action_type": "discrete"},
		}

	@warning_ignore("untyped_declaration")
	func set_action(_action) -> void:
		pass


## An agent that tells its reward terms at the end only, and until then when asked.
class AskedAgent:
	extends ToldAgent
	var terms: Dictionary = {}

	func get_reward_terms() -> Dictionary:
		return terms


## A Sync with [param count] agents below [param parent], called Robot0, Robot1 and so on. Their
## control mode keeps the real Sync from acting for them.
static func make(parent: Node, count: int) -> ToldSync:
	var sync: ToldSync = ToldSync.new()
	parent.add_child(sync)
	for i: int in count:
		add_agent(sync, ToldAgent.new(), "Robot%d" % i)
	return sync


## Adds one agent.
static func add_agent(sync: ToldSync, agent: ToldAgent, name: String) -> ToldAgent:
	agent.name = name
	sync.add_child(agent)
	sync.agents.append(agent)
	return agent
