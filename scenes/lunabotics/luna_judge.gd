class_name LunaJudge
extends Node
## Zones, orbs and rewards: what every decision brought.
##
## It looks before Sync does, at what the engine's last step has made of the world; at the end of a
## decision it pays. It moves nothing. The controller restarts it and reads its counts.

## A decision of [param decision_ticks] ticks is over and was paid for.
signal judged(earned: float)

## Before Sync (-1000000), so that a decision is paid for in its own step.
const PRIORITY: int = -2000000

@export var field: LunaField
@export var rover: LunaRover

## The running episode's rewards.
var rewards: LunaRewards = LunaRewards.new()
## The rover carries an orb.
var holding: bool = false
## Zone of the rover.
var zone: int = 0
## The scoop works at the end of this decision.
var wants_to_dig: bool = false
var collected: int = 0
var deposited: int = 0
## New contacts: x with obstacles, y with walls.
var contacts: Vector2i = Vector2i.ZERO
## Decisions until the first orb was deposited; 0: none was.
var first_deposit: int = 0
## Physics ticks of a decision.
var decision_ticks: int = 6
## The episode is over, or none has begun.
var is_over: bool = true

var _ticks: int = 0
var _touched: Vector2i = Vector2i.ZERO
# Decisions for which something was touched since that was last paid for; 0: it is not.
var _lasted: Vector2i = Vector2i.ZERO
var _told_excavation: bool = false
var _told_construction: bool = false
var _orb_distance: float = 0.0
var _berm_distance: float = 0.0


func _ready() -> void:
	process_physics_priority = PRIORITY


func _physics_process(_delta: float) -> void:
	if is_over:
		return
	_ticks += 1
	var touches: Vector2i = rover.touches()
	_touched = _touched.max(touches)
	if _ticks % decision_ticks == 0:
		_judge()


## Begins an episode; the rover stands at its start.
func restart(ticks_per_decision: int) -> void:
	decision_ticks = ticks_per_decision
	rewards.restart()
	holding = false
	wants_to_dig = false
	collected = 0
	deposited = 0
	contacts = Vector2i.ZERO
	first_deposit = 0
	is_over = false
	_ticks = 0
	_touched = Vector2i.ZERO
	_told_excavation = false
	_told_construction = false
	var place: Vector2 = rover.place()
	zone = field.zone_of(place)
	# Who begins in a crater has not driven into it.
	_lasted = Vector2i(int(field.in_crater(place)), 0)
	_orb_distance = _distance_to_orb(place)
	_berm_distance = place.distance_to(field.berm().get_center())


func _judge() -> void:
	rover.decisions += 1
	var place: Vector2 = rover.place()
	zone = field.zone_of(place)
	rewards.add(&"time", 1.0)
	_pay_contacts(place)
	_pay_progress(place)
	_pay_zones()
	if wants_to_dig:
		# What was just dug out cannot be laid down: the zones lie apart.
		if holding and zone == LunaFacts.BERM:
			_deposit()
		elif not holding and zone == LunaFacts.EXCAVATION:
			_dig(place)
	judged.emit(rewards.take())


# A contact costs when it begins, and again for every whole second that it lasts.
func _pay_contacts(place: Vector2) -> void:
	_touched.x = maxi(_touched.x, int(field.in_crater(place)))
	_lasted = (_lasted + Vector2i.ONE) * _touched
	contacts += Vector2i(int(_lasted.x == 1), int(_lasted.y == 1))
	var second: int = maxi(roundi(1.0 / (rover.settings.dt * decision_ticks)), 1)
	var due: Vector2i = Vector2i.ZERO
	for axis: int in 2:
		if _lasted[axis] > second:
			_lasted[axis] = 1
			due[axis] = 1
		elif _lasted[axis] == 1:
			due[axis] = 1
	rewards.add(&"obstacle", due.x)
	rewards.add(&"wall", due.y)
	_touched = Vector2i.ZERO


func _pay_progress(place: Vector2) -> void:
	var to_orb: float = _distance_to_orb(place)
	var to_berm: float = place.distance_to(field.berm().get_center())
	if holding:
		rewards.add(&"progress_construction", _berm_distance - to_berm)
	else:
		rewards.add(&"progress_excavation", _orb_distance - to_orb)
	_orb_distance = to_orb
	_berm_distance = to_berm


func _pay_zones() -> void:
	if not holding and zone == LunaFacts.EXCAVATION and not _told_excavation:
		_told_excavation = true
		rewards.add(&"reach_excavation", 1.0)
	if holding and zone >= LunaFacts.CONSTRUCTION and not _told_construction:
		_told_construction = true
		rewards.add(&"reach_construction", 1.0)


func _dig(place: Vector2) -> void:
	var nearest: int = field.nearest_orb(place)
	if nearest < 0 or place.distance_to(field.orbs[nearest]) > LunaFacts.REACH:
		return
	field.orbs.remove_at(nearest)
	holding = true
	collected += 1
	_told_construction = false
	rewards.add(&"collect", 1.0)


func _deposit() -> void:
	holding = false
	deposited += 1
	_told_excavation = false
	if first_deposit == 0:
		first_deposit = rover.decisions
	rewards.add(&"deposit", 1.0)


func _distance_to_orb(place: Vector2) -> float:
	var nearest: int = field.nearest_orb(place)
	return 0.0 if nearest < 0 else place.distance_to(field.orbs[nearest])
