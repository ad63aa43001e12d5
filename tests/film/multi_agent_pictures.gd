extends SceneTree
## Takes one picture of multi_agent_vr for each round that is asked for. Needs a screen;
## make_multi_agent_pictures.py starts it: `-- FOLDER GAME:SEED:SECONDS ...`.
##
## Players move by their own rule (PartyDriver) for that many seconds, then the window is saved as
## FOLDER/GAME.png. It never changes the scene.

const SCENE: String = "res://scenes/multi_agent_vr/multi_agent_vr.tscn"


func _initialize() -> void:
	_run.call_deferred()


func _run() -> void:
	root.get_node("GodotRLAgentsSync").process_mode = Node.PROCESS_MODE_DISABLED
	var arena: MultiAgentVR = (load(SCENE) as PackedScene).instantiate()
	root.add_child(arena)
	var arguments: PackedStringArray = OS.get_cmdline_user_args()
	for wanted: String in arguments.slice(1):
		var parts: PackedStringArray = wanted.split(":")
		arena.default_game = int(parts[0]) as MultiAgentVR.Games
		arena.begin_arena(int(parts[1]))
		for tick: int in roundi(float(parts[2]) * 90.0):
			for player: PartyPlayer in arena.players:
				player.controller.heuristic = "human"
			await physics_frame
		for frame: int in 3:
			await RenderingServer.frame_post_draw
		root.get_texture().get_image().save_png(arguments[0].path_join("%s.png" % parts[0]))
	quit()
