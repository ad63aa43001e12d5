class_name GatherParty
extends PartyGame
## The cooperative game: stay near each other and do not touch.
##
## Near is good for all, a touch is bad for both, and who comes late must be found: everybody is
## rewarded alike, so one policy for all is the natural choice. See PartyGame.

## Time that a newcomer has before being near is measured, s.
const GRACE: float = 6.0
## Success: a mean share of near others of at least this, without a touch.
const NEAR_ENOUGH: float = 0.8

# Mean distance to the others at the last sample, by slot; negative: not measured.
var _distances: Dictionary[int, float] = {}
# Pairs that touch, as slot * 8 + slot.
var _touching: Dictionary[int, bool] = {}


func joined(player: PartyPlayer) -> void:
	super(player)
	_forget_distances()


func parted(_player: PartyPlayer) -> void:
	_forget_distances()


func tick() -> void:
	var players: Array[PartyPlayer] = arena.players
	for i: int in players.size():
		for j: int in range(i + 1, players.size()):
			_look_for_touch(players[i], players[j])


func sample(seconds: float) -> void:
	super(seconds)
	for player: PartyPlayer in arena.players:
		var near: int = 0
		var sum: float = 0.0
		for other: PartyPlayer in arena.players:
			if other == player:
				continue
			var distance: float = player.place.distance_to(other.place)
			sum += distance
			near += int(distance <= arena.settings.near_distance)
		var others: int = arena.players.size() - 1
		_account_for(player, float(near) / others, sum / others, seconds)


func has_success(player: PartyPlayer) -> bool:
	return _accounts[player.slot]["touches"] == 0 and near_share(player) >= NEAR_ENOUGH


func _account_for(player: PartyPlayer, share: float, mean: float, seconds: float) -> void:
	var rewards: PartyRewards = player.controller.rewards
	rewards.add(&"near", share * seconds)
	var before: float = _distances.get(player.slot, -1.0)
	if before >= 0.0:
		rewards.add(&"approach", before - mean)
	_distances[player.slot] = mean
	var account: Dictionary = _accounts[player.slot]
	if (arena.ticks - account["since"]) * MultiAgentVR.SECONDS_A_TICK > GRACE:
		account["samples"] += 1
		account["near"] += share


# A touch costs both when it begins; it is over when neither hand nor body touches.
func _look_for_touch(one: PartyPlayer, other: PartyPlayer) -> void:
	var pair: int = one.slot * 8 + other.slot
	# Nobody touches whom an arm and a body cannot reach.
	if one.place.distance_squared_to(other.place) > 1.7:
		_touching.erase(pair)
		return
	if not (one.touches(other) or other.touches(one)):
		_touching.erase(pair)
	elif not _touching.has(pair):
		_touching[pair] = true
		for player: PartyPlayer in [one, other]:
			player.controller.rewards.add(&"touch", 1.0)
			_accounts[player.slot]["touches"] += 1


# Who comes or goes changes the mean distance: that is nobody's doing.
func _forget_distances() -> void:
	_distances.clear()
