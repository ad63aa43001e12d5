class_name CarDriver
extends RefCounted
## Drives a car that no policy has: a person at keyboard or pad, else a simple rule.
##
## CarController asks it each tick while its heuristic is "human". The arena's first car is the
## person's, once a key is pressed. README.md lists keys.

## What drives while no person does: the environment parameter `driver`, or
## `driver_blue` and `driver_orange` for one team.
enum Kinds { STILL, CHASER, RANDOM, KICKOFF }

static var _person_has: CarBody

var _arena: CarBall
var _car: CarBody
var _person: CarPerson = CarPerson.new()
var _chaser: CarChaser
var _kickoff: CarKickoff


func _init(arena: CarBall, car: CarBody) -> void:
	_arena = arena
	_car = car
	_chaser = CarChaser.new(arena, car)
	_kickoff = CarKickoff.new(arena, car)


## Whether a person drives a car of [param arena].
static func person_has(arena: CarBall) -> bool:
	return is_instance_valid(_person_has) and _person_has in arena.cars


## Whether a person drives [param of_car].
static func person_has_car(of_car: CarBody) -> bool:
	return is_instance_valid(_person_has) and _person_has == of_car


## An episode begins: the rules forget the last one, so that a match depends on its start alone.
func begin() -> void:
	_chaser.begin()
	_kickoff.begin()


## Writes the car's controls for this tick.
func drive() -> void:
	if not is_instance_valid(_person_has):
		_person_has = null
	if _person_has == null and _arena.cars[0] == _car or _person_has == _car:
		if _person.plays():
			_person_has = _car
			_person.drive(_car)
			return
	match _arena.settings.drivers[_car.team]:
		Kinds.CHASER:
			_arena.look()
			_chaser.drive()
		Kinds.KICKOFF:
			_arena.look()
			_kickoff.drive()
		Kinds.RANDOM:
			_roam()
		_:
			_car.controls.release()


# A row of the table every half a second, drawn from the place and the time alone.
func _roam() -> void:
	if _arena.ticks % 60 != 0:
		return
	var drawn: int = hash([_arena.ticks, _car.team, _car.seat, snappedf(_car.place.x, 0.01)])
	var row: PackedFloat32Array = CarActions.rows()[posmod(drawn, CarActions.rows().size())]
	_car.controls.set_axes(row)
	_car.controls.jump = row[CarActions.Column.JUMP] > 0.0
	_car.controls.boost = row[CarActions.Column.BOOST] > 0.0
	_car.controls.handbrake = row[CarActions.Column.HANDBRAKE] > 0.0
