extends SceneTree
## Takes pictures of a scene for its page. Needs a screen: the make_*.py beside starts a script that
## extends this one with `-- FOLDER WANTED ...`.
##
## What is wanted is parts between colons, of which each script says its own. Such a script opens
## its scene, plays until there is something to see, and saves the window. It never changes the
## scene.

const REPEAT: int = 9

## Where the pictures go.
var folder: String = ""


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	# No trainer and no policy: the script itself plays.
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	folder = arguments[0]
	open()
	for wanted: String in arguments.slice(1):
		await take((wanted + ":").split(":"))
	quit()


## Opens the scene. Each script writes its own.
func open() -> void:
	pass


## Plays and saves what is wanted: its parts and an empty one behind them. Each script writes its
## own.
func take(_parts: PackedStringArray) -> void:
	pass


## Adds a scene to the tree.
func add_scene(path: String) -> Node3D:
	var scene: Node3D = (load(path) as PackedScene).instantiate()
	root.add_child(scene)
	return scene


## Begins an agent's episode.
func begin(controller: AIController3D, episode_seed: int) -> void:
	controller.reset()
	controller.begin_episode(episode_seed)
	controller.zero_reward()
	controller.done = false


## Lets the ticks of a decision pass.
func pass_decision() -> void:
	for tick: int in REPEAT:
		await physics_frame


## Saves the window as [param name].png after [param frames] drawn frames.
func save(name: String, frames: int = 3) -> void:
	for frame: int in frames:
		await RenderingServer.frame_post_draw
	root.get_texture().get_image().save_png(folder.path_join(name + ".png"))
