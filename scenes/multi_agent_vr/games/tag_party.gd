class_name TagParty
extends PartyGame
## The adversarial game for one policy: who is "it" tags another with the right hand, who is "it"
## then.
##
## One policy plays all sides, so it learns against itself. See PartyGame.

# Distance of each from who is "it", and of "it" from the nearest it may tag, at the last sample; by
# slot.
var _distances: Dictionary[int, float] = {}


func begin(rng: RandomNumberGenerator) -> void:
	super(rng)
	_make_it(arena.players[rng.randi() % arena.players.size()])


func joined(player: PartyPlayer) -> void:
	super(player)
	_distances.clear()


func parted(player: PartyPlayer) -> void:
	_distances.clear()
	if player.role == PartyPlayer.Role.IT and not arena.settings.bug_lost_it:
		_make_it(arena.players[0])


func tick() -> void:
	var chaser: PartyPlayer = who_is_it()
	if chaser == null or chaser.rest_left > 0.0:
		return
	for player: PartyPlayer in arena.players:
		if may_tag(player) and chaser.reaches(player):
			_tag(chaser, player)
			return


func sample(seconds: float) -> void:
	super(seconds)
	var chaser: PartyPlayer = who_is_it()
	if chaser == null:
		return
	var nearest: float = INF
	for player: PartyPlayer in arena.players:
		if player == chaser:
			continue
		var distance: float = chaser.place.distance_to(player.place)
		if may_tag(player):
			nearest = minf(nearest, distance)
		if player.role == PartyPlayer.Role.FREE:
			_pay_distance(player, distance, -1.0)
	if nearest < INF:
		_pay_distance(chaser, nearest, 1.0)
	else:
		_distances.erase(chaser.slot)
	_pay_time(chaser, seconds)


## Who is "it"; null: nobody.
func who_is_it() -> PartyPlayer:
	for player: PartyPlayer in arena.players:
		if player.role == PartyPlayer.Role.IT:
			return player
	return null


## Whether the player can be tagged now.
func may_tag(player: PartyPlayer) -> bool:
	return player.role == PartyPlayer.Role.FREE and player.rest_left <= 0.0


func has_success(player: PartyPlayer) -> bool:
	return player.role != PartyPlayer.Role.IT


# A metre nearer is worth as much to who chases as a metre farther to who runs.
func _pay_distance(player: PartyPlayer, distance: float, sign: float) -> void:
	if _distances.has(player.slot):
		player.controller.rewards.add(&"chase", sign * (_distances[player.slot] - distance))
	_distances[player.slot] = distance


func _pay_time(chaser: PartyPlayer, seconds: float) -> void:
	chaser.controller.rewards.add(&"it_time", seconds)


func _tag(chaser: PartyPlayer, player: PartyPlayer) -> void:
	_count_tag(chaser, player)
	chaser.role = PartyPlayer.Role.FREE
	chaser.rest_left = arena.settings.rest_seconds
	_make_it(player)


func _count_tag(chaser: PartyPlayer, player: PartyPlayer) -> void:
	chaser.controller.rewards.add(&"tag", 1.0)
	player.controller.rewards.add(&"tagged", 1.0)
	_accounts[chaser.slot]["tags"] += 1
	_accounts[player.slot]["caught"] += 1


# Who has just been tagged waits before it tags.
func _make_it(player: PartyPlayer) -> void:
	player.role = PartyPlayer.Role.IT
	player.rest_left = arena.settings.rest_seconds
	_distances.clear()
