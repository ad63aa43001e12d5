class_name CarActions
extends RefCounted
## The table of the 90 choices of a car: 24 for the ground, 66 for the air; and which of them do
## something in a state.
##
## CarController looks up the choice of a policy. A choice that does nothing falls back to the
## nearest one that does, or is forbidden by a mask. print_actions.gd prints the table.

## Columns of a row.
enum Column { THROTTLE, STEER, PITCH, YAW, ROLL, JUMP, BOOST, HANDBRAKE }

## What a car can do, as bits of a state.
enum State {
	ON_WHEELS = 1,  ## Three wheels or four are on the ground.
	CAN_JUMP = 2,  ## A press of the jump button does something.
	HAS_BOOST = 4,
}

const STATES: int = 8
const COLUMNS: int = 8
const GROUND_ROWS: int = 24
## How much a difference in each column counts when the nearest choice is looked for.
const _COST: Array[float] = [1.0, 4.0, 4.0, 4.0, 4.0, 8.0, 3.0, 0.5]

static var _rows: Array[PackedFloat32Array] = []
# State x row -> the row itself where it does something, else the nearest that does.
static var _fallback: Array[PackedInt32Array] = []
static var _masks: Array[Array] = []
static var _all: Array = []


## All rows: throttle, steer, pitch, yaw, roll in {-1, 0, 1}, jump, boost, handbrake in {0, 1}.
static func rows() -> Array[PackedFloat32Array]:
	if _rows.is_empty():
		_make()
	return _rows


## The row that a car in [param state] takes when [param choice] is asked for; a choice beyond the
## table is cut to it.
static func row_for(choice: int, state: int) -> int:
	if _rows.is_empty():
		_make()
	return _fallback[state][clampi(choice, 0, _rows.size() - 1)]


## A flag for each row: 1 where it does something in [param state].
static func mask_of(state: int) -> Array:
	if _rows.is_empty():
		_make()
	return _masks[state]


## A flag 1 for each row.
static func all_allowed() -> Array:
	if _rows.is_empty():
		_make()
	return _all


## The state of [param car].
static func state_of(car: CarBody) -> int:
	var state: int = State.ON_WHEELS if car.wheels >= 3 else 0
	if car.can_jump():
		state |= State.CAN_JUMP
	if car.boost > 0.0:
		state |= State.HAS_BOOST
	return state


## Whether row [param index] does something in [param state] that no other row does better.
static func is_possible(index: int, state: int) -> bool:
	var row: PackedFloat32Array = rows()[index]
	if row[Column.BOOST] > 0.0 and not state & State.HAS_BOOST:
		return false
	if row[Column.JUMP] > 0.0:
		return bool(state & State.CAN_JUMP)
	if state & State.ON_WHEELS:
		return index < GROUND_ROWS
	# The handbrake does nothing off the ground.
	return index >= GROUND_ROWS or row[Column.HANDBRAKE] == 0.0


## Rows that steer, or turn in the air.
static func turning_rows() -> PackedInt32Array:
	var found: PackedInt32Array = []
	for i: int in rows().size():
		var row: PackedFloat32Array = _rows[i]
		for column: Column in [Column.STEER, Column.PITCH, Column.YAW, Column.ROLL]:
			if row[column] != 0.0:
				found.append(i)
				break
	return found


## What row [param index] asks for, in words; what is 0 is left out.
static func words_of(index: int) -> String:
	var words: PackedStringArray = []
	for column: int in COLUMNS:
		var value: float = rows()[index][column]
		var name: String = (Column.keys()[column] as String).to_lower()
		if column >= Column.JUMP and value > 0.0:
			words.append(name)
		elif value != 0.0:
			words.append("%s %+d" % [name, roundi(value)])
	return "nothing" if words.is_empty() else ", ".join(words)


## The values that [param column] takes, in order.
static func values_of(column: Column) -> PackedFloat32Array:
	var found: PackedFloat32Array = []
	for row: PackedFloat32Array in rows():
		if row[column] not in found:
			found.append(row[column])
	found.sort()
	return found


## What the log says of the table, a line each.
static func summary() -> PackedStringArray:
	var lines: PackedStringArray = [
		(
			"%d actions: %d for the ground, %d for the air"
			% [rows().size(), GROUND_ROWS, rows().size() - GROUND_ROWS]
		)
	]
	for column: Column in [Column.STEER, Column.PITCH, Column.YAW, Column.ROLL]:
		lines.append("%s: %s" % [Column.keys()[column].to_lower(), values_of(column)])
	lines.append("turning actions: %d" % turning_rows().size())
	for state: int in STATES:
		var possible: int = 0
		for flag: int in mask_of(state):
			possible += flag
		lines.append("%s: %d possible, fallback checked" % [name_of(state), possible])
	var problem: String = fallback_error()
	if not problem.is_empty():
		lines.append("FALLBACK IS WRONG: " + problem)
	return lines


## What is wrong with the fallback, or "".
static func fallback_error() -> String:
	for state: int in STATES:
		for i: int in rows().size():
			var taken: int = _fallback[state][i]
			if taken < 0 or taken >= _rows.size():
				return "state %d: action %d falls back to %d, outside the table" % [state, i, taken]
			if not is_possible(taken, state):
				return "state %d: action %d falls back to %d, impossible too" % [state, i, taken]
			if is_possible(i, state) and taken != i:
				return "state %d: action %d is possible and falls back to %d" % [state, i, taken]
	return ""


## What a car in [param state] can do, in words.
static func name_of(state: int) -> String:
	return (
		"%s, %s, %s"
		% [
			"on wheels" if state & State.ON_WHEELS else "in the air",
			"can jump" if state & State.CAN_JUMP else "cannot jump",
			"boost" if state & State.HAS_BOOST else "no boost",
		]
	)


static func _make() -> void:
	for throttle: float in [-1.0, 0.0, 1.0]:
		for steer: float in [-1.0, 0.0, 1.0]:
			for boost: float in [0.0, 1.0]:
				for handbrake: float in [0.0, 1.0]:
					# Boost is throttle too.
					if boost == 0.0 or throttle == 1.0:
						_rows.append(
							PackedFloat32Array(
								[throttle, steer, 0.0, steer, 0.0, 0.0, boost, handbrake]
							)
						)
	for pitch: float in [-1.0, 0.0, 1.0]:
		for yaw: float in [-1.0, 0.0, 1.0]:
			for roll: float in [-1.0, 0.0, 1.0]:
				for jump: float in [0.0, 1.0]:
					for boost: float in [0.0, 1.0]:
						_add_air(pitch, yaw, roll, jump, boost)
	_all.resize(_rows.size())
	_all.fill(1)
	for state: int in STATES:
		var taken: PackedInt32Array = []
		var mask: Array = []
		for i: int in _rows.size():
			mask.append(int(is_possible(i, state)))
			taken.append(_nearest(i, state))
		_fallback.append(taken)
		_masks.append(mask)


static func _add_air(pitch: float, yaw: float, roll: float, jump: float, boost: float) -> void:
	# A dodge to the side is made by roll; and what is left without pitch, roll and jump is driving.
	if (jump == 1.0 and yaw != 0.0) or (pitch == 0.0 and roll == 0.0 and jump == 0.0):
		return
	var dodges: float = float(jump == 1.0 and (pitch != 0.0 or roll != 0.0))
	_rows.append(PackedFloat32Array([boost, yaw, pitch, yaw, roll, jump, boost, dodges]))


static func _nearest(index: int, state: int) -> int:
	var best: int = -1
	var least: float = INF
	for i: int in _rows.size():
		if not is_possible(i, state):
			continue
		var cost: float = 0.0
		for column: int in COLUMNS:
			cost += absf(_rows[i][column] - _rows[index][column]) * _COST[column]
		if cost < least:
			least = cost
			best = i
	return best
