extends RefCounted
## Puts a BugTarget into every arena, where the launch option `--rl.target_bug=` asks for it.
##
## RLRunSession calls it before the first episode. Scenes that hold a BugTarget of their own need
## none of this.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLaunchOptions := preload("res://addons/godot_rl/launch_options.gd")
const RLTargetSources := preload("res://addons/godot_rl/findings/targets/target_sources.gd")


## Adds them. Returns what is wrong, or "".
static func add(roots: Array[Node], options: RLLaunchOptions) -> String:
	var problem: String = RLTargetSources.problem_of(options.target_bug)
	if not problem.is_empty():
		return "--rl.target_bug: " + problem
	if roots.size() > 1 and RLTargetSources.is_of_process(options.target_bug):
		return (
			(
				"--rl.target_bug=%s is looked for in what all arenas of an engine share: give "
				+ "--arenas=1, and more engines instead"
			)
			% options.target_bug
		)
	for root: Node in roots:
		var node: BugTarget = BugTarget.new()
		node.name = "BugTarget_rl"
		node.root = root
		node.target = options.target_bug
		node.hint = options.target_hint
		node.reward_found = options.target_reward
		node.reward_hint = options.target_hint_reward
		root.add_child(node)
	return ""
