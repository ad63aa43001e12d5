extends RefCounted
## The findings of one agent's running episode: each once, at most 100, and those that no decision
## has told of yet.
##
## RLFindings adds to it, RLStepBatch takes from it, RLEpisode owns it. It knows no node.

## Most findings of an episode.
const MOST: int = 100

## All of the episode, in the order in which they came.
var all: Array[Dictionary] = []
## Whether a decision has some to tell of.
var is_waiting: bool:
	get:
		return not _waiting.is_empty()

var _waiting: Array[Dictionary] = []
# Kind and message of each.
var _known: Dictionary[String, bool] = {}
# Reported while the arena began the next episode.
var _early: Array[Dictionary] = []


## Takes a finding; false: it was told before in this episode, or there are too many.
func add(finding: Dictionary) -> bool:
	var key: String = "%s\n%s" % [finding["kind"], finding["message"]]
	if all.size() >= MOST or _known.has(key):
		return false
	_known[key] = true
	all.append(finding)
	_waiting.append(finding)
	return true


## Takes a finding of the episode that is about to begin.
func add_early(finding: Dictionary) -> void:
	if _early.size() < MOST:
		_early.append(finding)


## The next episode begins.
func restart() -> void:
	# New lists: the old ones may have been handed out.
	all = []
	_waiting = []
	_known.clear()
	for finding: Dictionary in _early:
		add(finding)
	_early = []


## Returns those that no decision has told of, each once.
func take() -> Array[Dictionary]:
	var taken: Array[Dictionary] = _waiting
	_waiting = []
	return taken
