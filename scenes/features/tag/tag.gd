class_name TagArena
extends Node3D
## Root of the scenario `tag`: one round of tag between a runner and a chaser on a floor with
## pillars.
##
## It draws a round from the arena's seed, moves both players each physics tick, and tells their
## controllers how the round ended. Everything is in coordinates of this node, in metres. README.md
## beside this file lists observations, actions, rewards and ends.

## A round was drawn.
signal begun
## The round is over; [param caught]: the chaser has won.
signal over(caught: bool)

## Half of the floor's side, m.
const HALF: float = 6.0
const PILLAR_RADIUS: float = 0.6
const MAX_PILLARS: int = 8
## Distance at which the runner is caught, m.
const REACH: float = 1.0
## Least distance between the players at the start, m.
const START_DISTANCE: float = 6.0

## Room of one copy of the scene, m.
@export var arena_size: Vector3 = Vector3(14.0, 4.0, 14.0)
## The end of one player is the end of the round for both.
@export var arena_episodes: String = "together"
@export var runner: TagRunner
@export var chaser: TagChaser
@export var runner_controller: TagController
@export var chaser_controller: TagController

## Centres of this round's pillars.
var pillars: PackedVector2Array = []
## Length of a round, s, and what is left of it.
var round_seconds: float = 8.0
var seconds_left: float = 0.0
## Whether a round is going on.
var is_on: bool = false
## Whether the chaser has won the last round.
var is_caught: bool = false

var _rng: RandomNumberGenerator = RandomNumberGenerator.new()


func _physics_process(delta: float) -> void:
	if not is_on:
		return
	runner.advance(delta)
	chaser.advance(delta)
	_keep_clear(runner)
	_keep_clear(chaser)
	seconds_left -= delta
	if runner.place.distance_to(chaser.place) < REACH:
		_end(true)
	elif seconds_left < delta / 2.0:
		_end(false)


## Draws the next round; the addon calls it before the players' begin_episode().
func begin_arena(arena_seed: int) -> void:
	_rng.seed = arena_seed
	round_seconds = clampf(Sync.get_parameter("round_seconds", 8.0), 1.0, 60.0)
	var wanted: int = clampi(roundi(Sync.get_parameter("pillars", 4.0)), 0, MAX_PILLARS)
	pillars = []
	while pillars.size() < wanted:
		var place: Vector2 = _anywhere(HALF - 1.5)
		if _gap_to_pillars(place) > 1.6:
			pillars.append(place)
	runner.begin(_free_place(), Sync.get_parameter("runner_speed", 3.5))
	var start: Vector2 = _free_place()
	while start.distance_to(runner.place) < START_DISTANCE:
		start = _free_place()
	chaser.begin(start, Sync.get_parameter("chaser_speed", 6.0), _rng.randf_range(-PI, PI))
	seconds_left = round_seconds
	is_on = true
	is_caught = false
	begun.emit()


## The two pillars nearest to [param place], as offsets from it, nearest first; where there are
## fewer, a place far outside.
func two_nearest_pillars(place: Vector2) -> PackedVector2Array:
	var first: Vector2 = Vector2(2.0 * HALF, 2.0 * HALF)
	var second: Vector2 = first
	for pillar: Vector2 in pillars:
		var offset: Vector2 = pillar - place
		if offset.length_squared() < first.length_squared():
			second = first
			first = offset
		elif offset.length_squared() < second.length_squared():
			second = offset
	return [first, second]


func _end(caught: bool) -> void:
	is_on = false
	is_caught = caught
	runner_controller.finish(not caught)
	chaser_controller.finish(caught)
	over.emit(caught)


# Pushes a player out of walls and pillars, and takes the speed into them away.
func _keep_clear(player: TagPlayer) -> void:
	var limit: float = HALF - TagPlayer.RADIUS
	if absf(player.place.x) > limit:
		player.stop_along(Vector2(signf(player.place.x), 0.0), absf(player.place.x) - limit)
	if absf(player.place.y) > limit:
		player.stop_along(Vector2(0.0, signf(player.place.y)), absf(player.place.y) - limit)
	for pillar: Vector2 in pillars:
		var gap: Vector2 = pillar - player.place
		var overlap: float = PILLAR_RADIUS + TagPlayer.RADIUS - gap.length()
		if overlap > 0.0:
			player.stop_along(gap.normalized(), overlap)
	player.show_place()


func _anywhere(limit: float) -> Vector2:
	return Vector2(_rng.randf_range(-limit, limit), _rng.randf_range(-limit, limit))


func _free_place() -> Vector2:
	var place: Vector2 = _anywhere(HALF - 0.8)
	while _gap_to_pillars(place) < TagPlayer.RADIUS + 0.2:
		place = _anywhere(HALF - 0.8)
	return place


# Distance from a place to the nearest pillar's surface, m.
func _gap_to_pillars(place: Vector2) -> float:
	var least: float = INF
	for pillar: Vector2 in pillars:
		least = minf(least, place.distance_to(pillar) - PILLAR_RADIUS)
	return least
