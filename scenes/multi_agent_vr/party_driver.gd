extends RefCounted
## What a player does whom nobody plays: goes to the others, after them, or away from who is "it";
## and what a person's keys say. PartyController makes one. It reads the scene and never changes it.

## Nearer than this to somebody, a gatherer keeps away, m.
const ROOM: float = 1.4


## The action: as PartyController.set_action() takes it.
func decide(player: PartyPlayer) -> Dictionary:
	if player.slot == 0 and player.arena.is_watched:
		var keys: Vector2 = Input.get_vector(&"ui_left", &"ui_right", &"ui_down", &"ui_up")
		if not keys.is_zero_approx():
			return _act(Vector2(0.0, keys.y), keys.x, Input.is_action_pressed(&"ui_accept"))
	var wish: Vector2 = _wish(player).limit_length()
	var forwards: Vector3 = -player.basis.z
	var heading: Vector2 = Vector2(forwards.x, forwards.z)
	var right: Vector2 = Vector2(-heading.y, heading.x)
	var aside: float = wish.normalized().dot(right)
	if wish.dot(heading) < 0.0:
		aside = signf(aside)
	var move: Vector2 = Vector2(wish.dot(right), wish.dot(heading))
	return _act(move, clampf(2.0 * aside, -1.0, 1.0), player.role == PartyPlayer.Role.IT)


func _wish(player: PartyPlayer) -> Vector2:
	var wish: Vector2 = Vector2.ZERO
	for other: PartyPlayer in player.controller.observation.nearest_others():
		var offset: Vector2 = other.place - player.place
		var distance: float = maxf(offset.length(), 0.1)
		match player.arena.settings.game:
			MultiAgentVR.Games.GATHER:
				if distance < ROOM:
					wish -= offset / distance * 2.0
				elif distance > 0.7 * player.arena.settings.near_distance:
					wish += offset / distance
			_:
				if player.role == PartyPlayer.Role.IT and other.role == PartyPlayer.Role.FREE:
					return _round_pillars(player, offset / distance)
				if other.role == PartyPlayer.Role.IT:
					var edge: Vector2 = player.place / PartyRoom.HALF
					wish -= offset / distance + edge * edge.length_squared()
	return _round_pillars(player, wish)


# Turns a wish aside where a pillar is in its way.
func _round_pillars(player: PartyPlayer, wish: Vector2) -> Vector2:
	for pillar: Vector2 in player.arena.room.pillars:
		var gap: Vector2 = pillar - player.place
		var distance: float = gap.length()
		if distance < 1.6 and wish.dot(gap) > 0.0:
			var side: Vector2 = gap.orthogonal() / distance
			var along: float = 1.0 if wish.dot(side) >= 0.0 else -1.0
			wish += side * along * (1.6 - distance) * 1.5
	return wish


func _act(move: Vector2, turn: float, reaches: bool) -> Dictionary:
	var reach: float = 1.0 if reaches else -1.0
	return {"move": [move.x, move.y], "turn": [turn], "reach": [reach]}
