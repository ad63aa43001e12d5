class_name FreezeParty
extends TagParty
## The adversarial game for two policies: the chaser freezes runners, runners thaw each other.
##
## The player of slot 0 chases in every round, so chaser and runner can be groups with policies of
## their own. The round ends when everybody else is frozen. See TagParty.


func begin(rng: RandomNumberGenerator) -> void:
	super(rng)
	for player: PartyPlayer in arena.players:
		player.role = PartyPlayer.Role.FREE
		player.rest_left = 0.0
	_make_it(arena.players[0])


func parted(_player: PartyPlayer) -> void:
	_distances.clear()
	_look_for_end()


func tick() -> void:
	super()
	if arena.settings.thawing:
		_thaw()


func sample(seconds: float) -> void:
	super(seconds)
	for player: PartyPlayer in arena.players:
		if player.role == PartyPlayer.Role.FROZEN:
			player.controller.rewards.add(&"frozen_time", seconds)


func has_success(player: PartyPlayer) -> bool:
	if player.role == PartyPlayer.Role.IT:
		return _all_are_frozen()
	return player.role == PartyPlayer.Role.FREE


func _pay_time(_chaser: PartyPlayer, _seconds: float) -> void:
	pass


func _tag(chaser: PartyPlayer, player: PartyPlayer) -> void:
	_count_tag(chaser, player)
	player.role = PartyPlayer.Role.FROZEN
	_distances.clear()
	_look_for_end()


func _look_for_end() -> void:
	if is_over or not _all_are_frozen():
		return
	is_over = true
	for player: PartyPlayer in arena.players:
		var won: bool = player.role == PartyPlayer.Role.IT
		player.controller.rewards.add(&"win", 1.0 if won else -1.0)


func _all_are_frozen() -> bool:
	for player: PartyPlayer in arena.players:
		if player.role == PartyPlayer.Role.FREE:
			return false
	return true


func _thaw() -> void:
	for frozen: PartyPlayer in arena.players:
		if frozen.role != PartyPlayer.Role.FROZEN:
			continue
		for player: PartyPlayer in arena.players:
			if player.role == PartyPlayer.Role.FREE and player.reaches(frozen):
				frozen.role = PartyPlayer.Role.FREE
				frozen.rest_left = arena.settings.rest_seconds
				player.controller.rewards.add(&"thaw", 1.0)
				_distances.clear()
				break
