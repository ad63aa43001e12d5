extends "res://tests/film/picture_taker.gd"
## Takes one picture of multi_agent_vr for each round; make_multi_agent_pictures.py starts it. What
## is wanted: GAME:SEED:SECONDS.
##
## Players move by their own rule (PartyDriver) for that many seconds, then the window is saved as
## GAME.png.

const SCENE: String = "res://scenes/multi_agent_vr/multi_agent_vr.tscn"

var _arena: MultiAgentVR


func open() -> void:
	_arena = add_scene(SCENE)


func take(parts: PackedStringArray) -> void:
	_arena.default_game = int(parts[0]) as MultiAgentVR.Games
	_arena.begin_arena(int(parts[1]))
	for tick: int in roundi(float(parts[2]) * 90.0):
		for player: PartyPlayer in _arena.players:
			player.controller.heuristic = "human"
		await physics_frame
	await save(parts[0])
