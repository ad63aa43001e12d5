extends RefCounted
## What both AIControllers share: it tells Sync when one enters the scene tree and when it leaves
## it.
##
## The controllers call [method follow] when they are made. It listens to signals and not to
## `_enter_tree()`, so that a subclass that overrides that, or any other callback, is followed all
## the same. It never drives an agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLLog := preload("res://addons/godot_rl/logger.gd")

## Where the autoload stands.
const SYNC_PATH: NodePath = ^"/root/GodotRLAgentsSync"
## What a project needs for agents to act.
const MISSING: String = (
	"the autoload GodotRLAgentsSync is missing, so no agent acts: enable the plugin Godot RL "
	+ "(Project > Project Settings > Plugins), or paste into project.godot:\n[autoload]\n"
	+ 'GodotRLAgentsSync="*res://addons/godot_rl/sync.gd"'
)

static var _has_told: bool = false


## Follows [param controller] for its whole life.
static func follow(controller: Node) -> void:
	controller.add_to_group("AGENT")
	var entered: Callable = _on_entered.bind(controller)
	# A controller whose script is set anew is made a second time.
	if Engine.is_editor_hint() or controller.tree_entered.is_connected(entered):
		return
	controller.tree_entered.connect(entered)
	controller.tree_exiting.connect(_on_exiting.bind(controller))
	controller.ready.connect(_on_ready.bind(controller))


## Reports that the subclass of [param controller] has not written [param method].
static func report_missing(controller: Node, method: String) -> void:
	var script: Script = controller.get_script()
	RLLog.error(
		"%s (%s) must override %s()" % [controller.get_path(), script.resource_path, method]
	)


static func _on_entered(controller: Node) -> void:
	var sync: Node = controller.get_node_or_null(SYNC_PATH)
	if sync != null and sync.has_method("enter"):
		sync.call("enter", controller)
	elif not _has_told:
		_has_told = true
		RLLog.error("%s: %s" % [controller.get_path(), MISSING])
		_end_a_run(controller)


static func _on_exiting(controller: Node) -> void:
	var sync: Node = controller.get_node_or_null(SYNC_PATH)
	if sync != null and sync.has_method("leave"):
		sync.call("leave", controller)


# The base class's callback is there for subclasses that call super(); without one of their own it
# would cost a call a tick for nothing.
static func _on_ready(controller: Node) -> void:
	var own: int = 0
	for method: Dictionary in (controller.get_script() as Script).get_script_method_list():
		if method["name"] == "_physics_process":
			own += 1
	if own < 2:
		controller.set_physics_process(false)


# A trainer that waits for this engine hears at once that nobody will call.
static func _end_a_run(controller: Node) -> void:
	var options: GDScript = load("res://addons/godot_rl/launch_options.gd")
	if options.call("from_command_line").call("wants_run"):
		controller.get_tree().quit(1)
