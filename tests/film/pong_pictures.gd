extends "res://tests/film/picture_taker.gd"
## Takes pictures of pong; make_pong_pictures.py starts it. What is wanted: NAME:SEED:SECONDS.
##
## Both players follow the ball for that many seconds, the right one with an aim of
## its own, then the window is saved as NAME.png.

const SCENE: String = "res://scenes/pong/pong.tscn"

var _table: PongTable


func open() -> void:
	_table = add_scene(SCENE) as PongTable


func take(parts: PackedStringArray) -> void:
	_table.begin_arena(int(parts[1]))
	for tick: int in roundi(float(parts[2]) * 90.0):
		for side: int in 2:
			var aim: float = _table.places[side] + (0.35 if side == 1 else -0.35)
			var gap: float = _table.ball.y - aim
			_table.moves[side] = 0 if absf(gap) < 0.1 else (1 if gap > 0.0 else -1)
		await physics_frame
	await save(parts[0])
