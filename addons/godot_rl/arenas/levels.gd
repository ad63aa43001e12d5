extends RefCounted
## The levels that an arena plays next: seeds, each for one episode, that stand in for the numbered
## ones (docs/protocol.md).
##
## RLArena holds one once a trainer has ordered levels. It begins nothing.

## Most levels that can wait in an arena.
const MOST: int = 100000

## The level of the running episode; -1: it is a numbered one.
var running: int = -1

var _queue: PackedInt32Array = []
var _next: int = 0
# Nothing of the queue was taken since it was set.
var _is_new: bool = false


## Puts [param queue] in the place of what is left.
func set_queue(queue: PackedInt32Array) -> void:
	_queue = queue
	_next = 0
	_is_new = true


## Takes the level of the episode that begins; -1: a numbered one. With [param again] it is the
## running one that begins anew, unless the queue was set since.
func take(again: bool) -> int:
	if again and running >= 0 and not _is_new:
		return running
	_is_new = false
	running = -1
	if _next < _queue.size():
		running = _queue[_next]
		_next += 1
	return running
