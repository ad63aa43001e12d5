extends RefCounted
## Stands the world still for the HTTP API, and lets a number of physics ticks pass.
##
## Sync asks it at each tick. It is for a game that is played and for a trainer's run; a run that is
## driven over HTTP stands still at its decisions by itself. While it is shut no session ticks, so
## that nobody decides, and a trainer waits.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

## Told how many ticks passed, when all that were granted have, or none will any more.
signal passed(ticks: int)

## Whether the world stands still.
var is_shut: bool = false
## Ticks that have passed and that the session has not counted yet: it counts one when the next
## begins.
var uncounted: int = 0

var _tree: SceneTree
# Ticks that may still pass, and of how many.
var _granted: int = 0
var _wanted: int = 0
# The tree was paused by this gate; what it was before.
var _holds: bool = false
var _was_paused: bool = false
# The session has had its part of a tick whose physics has not run: it was shut in between.
var _owes_physics: bool = false


func _init(tree: SceneTree) -> void:
	_tree = tree


## Lets the world go on.
func open() -> void:
	is_shut = false
	_end_grant()
	_let_go()


## Stands the world still, in this tick if it has not begun.
func shut() -> void:
	is_shut = true
	_end_grant()


## Lets [param ticks] more physics ticks pass; then [signal passed].
func grant(ticks: int) -> void:
	_granted = ticks
	_wanted = ticks


## Whether ticks that were granted have still to pass.
func is_passing() -> bool:
	return _granted > 0


## A tick begins: whether the session may have it.
func opens() -> bool:
	if is_shut and _granted == 0:
		_hold()
		return false
	_let_go()
	if _owes_physics:
		_owes_physics = false
		_count()
		return false
	uncounted = 0
	return true


## The session has had its part of the tick; [param holds_tree]: it stands the world still itself.
func after(holds_tree: bool) -> void:
	if holds_tree:
		return
	if is_shut and _granted == 0:
		_owes_physics = true  # it was shut while a decision was made
		_hold()
		return
	_count()


## A frame begins: the ticks of the last one are over.
func frame() -> void:
	if is_shut and _granted == 0:
		_hold()
		_end_grant()


# This tick's physics runs.
func _count() -> void:
	uncounted = 0 if _tree.paused else 1
	_granted = maxi(_granted - 1, 0)


func _end_grant() -> void:
	var ticks: int = _wanted - _granted
	var was_granted: bool = _wanted > 0
	_wanted = 0
	_granted = 0
	if was_granted:
		passed.emit(ticks)


func _hold() -> void:
	if not _holds:
		_was_paused = _tree.paused
		_holds = true
	_tree.paused = true


func _let_go() -> void:
	if _holds:
		_tree.paused = _was_paused
	_holds = false
