class_name PartyGuests
extends RefCounted
## Who comes and goes during a round: drawn from its seed when it begins.
##
## Each guest's seat is taken at the start or not; half of those who are there leave during the
## round, half of those who are not come. MultiAgentVR owns it and lets them in and out.

# Slot of a guest -> ticks at which that guest comes or goes; and the seed of one who comes.
var _changes: Dictionary[int, PackedInt32Array] = {}
var _seeds: Dictionary[int, int] = {}


## Draws the round of [param arena] and lets out who stayed from the round before: whoever is there
## from the start comes in its first tick, so that no round depends on the one before.
func begin(arena: MultiAgentVR, rng: RandomNumberGenerator, round_ticks: int) -> void:
	_changes = {}
	arena.is_on = false
	for slot: int in range(MultiAgentVR.HOSTS, MultiAgentVR.MOST_PLAYERS):
		arena.let_out(slot)
		# Drawn whether it is used or not, so that one setting does not change what another draws.
		var is_there: bool = rng.randf() < 0.5
		var changes: bool = rng.randf() < 0.5
		var at: int = roundi(rng.randf_range(0.2, 0.7) * round_ticks)
		_seeds[slot] = rng.randi()
		_changes[slot] = []
		if arena.settings.players > 0:
			is_there = slot < arena.settings.players
		if is_there:
			_changes[slot].append(0)
		if changes and arena.settings.guests_move:
			_changes[slot].append(at)


## Lets in and out who is due at [param now], in ticks of the round.
func tick(arena: MultiAgentVR, now: int) -> void:
	for slot: int in _changes:
		if now not in _changes[slot]:
			continue
		if arena.at_slot(slot) == null:
			arena.let_in(slot, _seeds[slot])
		else:
			arena.let_out(slot)
