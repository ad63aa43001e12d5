extends RefCounted
## Looks on and says what cannot be: bodies in walls, bodies in bodies, a game of tag without
## anybody who is "it", players who never went.
##
## A black box: it reads places, roles and lives, and knows no switch of a planted bug. MultiAgentVR
## calls it once a decision.

## How deep a body may be in another, or in a wall, m.
const SLACK: float = 0.1
## For how long what cannot be may last, s.
const PATIENCE: float = 0.5
## Rounds after which a player who left must be gone.
const ROUNDS_TO_GO: int = 2

var _arena: MultiAgentVR
# What is seen -> for how long, s.
var _seen: Dictionary[String, float] = {}
# Those who parted, and the round in which they did.
var _parted: Array[WeakRef] = []
var _parted_in: PackedInt32Array = []
var _round: int = 0


func _init(arena: MultiAgentVR) -> void:
	_arena = arena


## A round begins.
func begin() -> void:
	_seen.clear()
	_round += 1
	var left: int = 0
	for i: int in _parted.size():
		left += int(_parted[i].get_ref() != null and _round - _parted_in[i] > ROUNDS_TO_GO)
	if left > 0:
		_report("memory_leak", "players who left are still in memory", {"players": left})


## A player leaves the round.
func parted(player: PartyPlayer) -> void:
	for i: int in range(_parted.size() - 1, -1, -1):
		if _parted[i].get_ref() == null:
			_parted.remove_at(i)
			_parted_in.remove_at(i)
	_parted.append(weakref(player))
	_parted_in.append(_round)


## A decision's time has passed.
func sample(seconds: float) -> void:
	var now: Dictionary[String, Dictionary] = {}
	for player: PartyPlayer in _arena.players:
		_look_at(player, now)
	if _arena.settings.game != MultiAgentVR.Games.GATHER and _chasers() != 1:
		now["no_tagger/%d players are it, not one" % _chasers()] = {}
	for what: String in _seen.keys():
		if not now.has(what):
			_seen.erase(what)
	for what: String in now:
		var lasted: float = _seen.get(what, 0.0) + seconds
		_seen[what] = lasted
		if lasted > PATIENCE and lasted - seconds <= PATIENCE:
			_report(what.get_slice("/", 0), what.get_slice("/", 1), now[what])


func _look_at(player: PartyPlayer, now: Dictionary[String, Dictionary]) -> void:
	var place: Vector2 = player.place
	var about: Dictionary = {"x": snappedf(place.x, 0.01), "z": snappedf(place.y, 0.01)}
	var limit: float = PartyRoom.HALF - PartyPlayer.RADIUS + SLACK
	if absf(place.x) > limit or absf(place.y) > limit:
		now["tunnelling/%s stands in or beyond a wall" % player.name] = about
	elif _arena.room.gap_to_pillars(place) < PartyPlayer.RADIUS - SLACK:
		now["tunnelling/%s stands in a pillar" % player.name] = about
	for other: PartyPlayer in _arena.players:
		if other.slot > player.slot:
			if place.distance_to(other.place) < 2.0 * PartyPlayer.RADIUS - SLACK:
				now["overlap/%s stands in %s" % [other.name, player.name]] = about


func _chasers() -> int:
	var count: int = 0
	for player: PartyPlayer in _arena.players:
		count += int(player.role == PartyPlayer.Role.IT)
	return count


func _report(kind: String, message: String, data: Dictionary) -> void:
	RLFindings.report(_arena, kind, message, data)
