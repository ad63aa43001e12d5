class_name MultiAgentVR
extends Node3D
## Root of the scenario `multi_agent_vr`: two to four VR players in one room play a round together.
##
## It draws the round from the arena's seed, lets players in and out, moves them in a fixed order
## each physics tick, and asks the game (games/) what that is worth. README.md beside this file
## lists observations, actions, rewards and ends. It knows no policy.

## A round was drawn.
signal begun
## The round is over.
signal ended
## A player came in, or is about to go.
signal joined(player: PartyPlayer)
signal parting(player: PartyPlayer)

## What is played: the environment parameter `game`.
enum Games { GATHER, TAG, FREEZE_TAG }

## Players who are there from the start to the end of every round; the others are guests.
const HOSTS: int = 2
const MOST_PLAYERS: int = 4
## Ticks between two looks at head, hands and rewards; those of a decision.
const SAMPLE_TICKS: int = 9
const SECONDS_A_TICK: float = 1.0 / 90.0
const PLAYER_SCENE: PackedScene = preload("res://scenes/multi_agent_vr/party_player.tscn")
const PartyWatch := preload("res://scenes/multi_agent_vr/party_watch.gd")

## Room of one copy of the scene, m.
@export var arena_size: Vector3 = Vector3(18.0, 6.0, 18.0)
## Who leaves ends an episode of its own; the next round begins when all have ended.
@export var arena_episodes: String = "last"
## Seats of each group: guests come and go.
@export var arena_seats: Dictionary = {"player": 4}
## Name of the policy of each player, by its slot.
@export var policy_names: PackedStringArray = ["player", "player", "player", "player"]
## The game where no parameter says otherwise.
@export var default_game: Games = Games.GATHER
## Length of a round where no parameter says otherwise, s.
@export_range(5.0, 120.0) var default_seconds: float = 24.0
@export var room: PartyRoom

## Everybody who is here now, by slot.
var players: Array[PartyPlayer] = []
## The game that is played.
var game: PartyGame
## This round's settings.
var settings: PartySettings = PartySettings.new()
## Ticks of the round so far, and of a whole round.
var ticks: int = 0
var round_ticks: int = 0
## Whether a round is going on.
var is_on: bool = false
## Somebody looks on: heads and hands are shown in every tick.
var is_watched: bool = DisplayServer.get_name() != "headless"

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()
var _guests: PartyGuests = PartyGuests.new()
var _watch: PartyWatch = PartyWatch.new(self)


func _enter_tree() -> void:
	if not players.is_empty():
		return
	for slot: int in HOSTS:
		_seat(get_node("Player%d" % (slot + 1)) as PartyPlayer, slot)


func _physics_process(delta: float) -> void:
	if not is_on:
		return
	_guests.tick(self, ticks)
	# Bodies that were put somewhere are there for others only after a physics step.
	if ticks > 0:
		for player: PartyPlayer in players:
			player.advance(delta)
	ticks += 1
	game.tick()
	if ticks % SAMPLE_TICKS == 0:
		_sample(delta * SAMPLE_TICKS)
	elif is_watched:
		for player: PartyPlayer in players:
			player.rig.show_at(ticks * delta)
	if game.is_over:
		_end(true)
	elif ticks >= round_ticks:
		_end(false)


## Draws the next round; the addon calls it before the players' begin_episode().
func begin_arena(arena_seed: int) -> void:
	_rng.seed = arena_seed
	settings.read(default_game, default_seconds)
	round_ticks = roundi(settings.round_seconds / SECONDS_A_TICK)
	ticks = 0
	room.build(_rng, settings.pillars)
	_guests.begin(self, _rng, round_ticks)
	game = _make_game()
	for player: PartyPlayer in players:
		var person_seed: int = _rng.randi()
		player.restart(_draw_start(player), person_seed)
	game.begin(_rng)
	is_on = true
	_watch.begin()
	begun.emit()


## Lets a guest into the round, at a free place drawn from [param guest_seed].
func let_in(slot: int, guest_seed: int) -> PartyPlayer:
	var player: PartyPlayer = PLAYER_SCENE.instantiate()
	player.name = "Player%d" % (slot + 1)
	_seat(player, slot)
	_rng.seed = guest_seed
	var start: Transform3D = _draw_start(player)
	# Before it enters: its body would stand at the origin for a tick.
	player.transform = start
	add_child(player)
	player.restart(start, guest_seed)
	if settings.bug_ghost_guest:
		player.collision_layer = 0
		player.collision_mask = PartyRoom.WALL_LAYER
	game.joined(player)
	joined.emit(player)
	return player


## Lets a guest go.
func let_out(slot: int) -> void:
	var player: PartyPlayer = at_slot(slot)
	if player == null:
		return
	players.erase(player)
	if is_on:
		parting.emit(player)
		game.parted(player)
	_watch.parted(player)
	remove_child(player)
	if not settings.bug_leaver_leak:
		player.queue_free()


## The player of [param slot], or null.
func at_slot(slot: int) -> PartyPlayer:
	for player: PartyPlayer in players:
		if player.slot == slot:
			return player
	return null


func _make_game() -> PartyGame:
	match settings.game:
		Games.TAG:
			return TagParty.new(self)
		Games.FREEZE_TAG:
			return FreezeParty.new(self)
	return GatherParty.new(self)


func _seat(player: PartyPlayer, slot: int) -> void:
	player.slot = slot
	player.arena = self
	player.controller.policy_name = policy_names[slot]
	var at: int = 0
	while at < players.size() and players[at].slot < slot:
		at += 1
	players.insert(at, player)


# A free place of the room, drawn, facing anywhere.
func _draw_start(player: PartyPlayer) -> Transform3D:
	var place: Vector2 = Vector2.ZERO
	for attempt: int in 200:
		place = room.draw_place(_rng)
		if _is_free(player, place):
			break
	var facing: Basis = Basis(Vector3.UP, _rng.randf_range(-PI, PI))
	return Transform3D(facing, Vector3(place.x, 0.0, place.y))


func _is_free(player: PartyPlayer, place: Vector2) -> bool:
	for other: PartyPlayer in players:
		if other == player or (not is_on and other.slot > player.slot):
			continue  # who stands there is placed next
		if place.distance_to(other.place) < settings.start_distance:
			return false
	return true


func _sample(seconds: float) -> void:
	for player: PartyPlayer in players:
		player.rig.sample_at(ticks * SECONDS_A_TICK, seconds)
	game.sample(seconds)
	_watch.sample(seconds)


func _end(by_rules: bool) -> void:
	is_on = false
	ended.emit()
	for player: PartyPlayer in players:
		player.controller.finish(by_rules)
