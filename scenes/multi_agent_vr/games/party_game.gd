class_name PartyGame
extends RefCounted
## What players of `multi_agent_vr` play in a round: its rules, rewards and metrics.
##
## MultiAgentVR makes one for each round and calls it in this order: [method begin]; each tick
## [method tick], each decision [method sample]; [method joined] and [method parted] in between.
## Subclasses keep an account for each player. It moves nobody.

var arena: MultiAgentVR
## The rules have ended the round.
var is_over: bool = false

# Counts of each player, by slot; those of who parted stay until the round ends.
var _accounts: Dictionary[int, Dictionary] = {}


func _init(of_arena: MultiAgentVR) -> void:
	arena = of_arena


## Everybody stands at the start.
func begin(_rng: RandomNumberGenerator) -> void:
	for player: PartyPlayer in arena.players:
		joined(player)


## A player has come.
func joined(player: PartyPlayer) -> void:
	_accounts[player.slot] = {
		"since": arena.ticks, "samples": 0, "near": 0.0, "touches": 0, "tags": 0, "caught": 0
	}


## A player goes.
func parted(_player: PartyPlayer) -> void:
	pass


## Everybody has moved.
func tick() -> void:
	pass


## A decision's time has passed, [param seconds].
func sample(_seconds: float) -> void:
	for player: PartyPlayer in arena.players:
		var paid: int = _accounts[player.slot].get("bumps", 0)
		if player.bumps > paid:
			player.controller.rewards.add(&"bump", player.bumps - paid)
			_accounts[player.slot]["bumps"] = player.bumps


## Whether the player has reached what the game asks.
func has_success(_player: PartyPlayer) -> bool:
	return false


## What the player's episode came to; the same names in every game.
func metrics_of(player: PartyPlayer) -> Dictionary:
	var account: Dictionary = _accounts[player.slot]
	return {
		"success": 1.0 if has_success(player) else 0.0,
		"near_share": near_share(player),
		"touches": float(account["touches"]),
		"bumps": float(player.bumps),
		"tags": float(account["tags"]),
		"caught": float(account["caught"]),
		"round_time": arena.ticks * MultiAgentVR.SECONDS_A_TICK,
	}


## Mean share of the others that were near, once it had time to go to them; 0 before.
func near_share(player: PartyPlayer) -> float:
	var account: Dictionary = _accounts[player.slot]
	return account["near"] / maxf(account["samples"], 1.0)
