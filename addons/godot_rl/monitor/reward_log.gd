extends RefCounted
## The rewards of one agent, transition by transition and term by term.
##
## Held by RLAgentWatch. A game tells the sum of each term in the episode so far; a transition's
## share is the difference. What the terms leave unexplained is shown as "other", and a game that
## tells no terms has one, "reward".

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Transitions that are remembered.
const LENGTH: int = 240
## Name of what the terms do not explain, and of the only term where a game tells none.
const OTHER: String = "other"
const WHOLE: String = "reward"
# Rounding of float32 sums is no reward.
const _ROUNDING: float = 1e-4

var _terms: PackedStringArray = []
# One row a transition, the oldest first; a row made before a term was known is shorter.
var _rows: Array[PackedFloat32Array] = []
var _ends: PackedByteArray = []
# What the game had told before this transition, by term.
var _told: Dictionary[String, float] = {}
# Sums of this episode as they are shown, by term.
var _sums: Dictionary[String, float] = {}
# Those of the last episode, of a game that tells terms at the end only.
var _last_sums: Dictionary[String, float] = {}
var _tells_early: bool = false
var _is_partial: bool = false
var _count: int = 0


## A new episode. With [param told] the look begins in its middle: so much has been earned already,
## in part since the last decision, so that the first reward cannot be explained in full.
func begin_episode(told: Dictionary) -> void:
	_told = _numbers(told)
	_is_partial = not _told.is_empty()
	_tells_early = not _told.is_empty()
	_sums = _told.duplicate()
	_count = 0


## One transition: its [param reward] and the sums of the terms after it, {} when none are told.
func add(reward: float, ended: bool, told: Dictionary) -> void:
	var sums: Dictionary[String, float] = _numbers(told)
	var shares: Dictionary[String, float] = {}
	_count += 1
	if sums.is_empty() or (ended and not _tells_early and _count > 1):
		# Sums that come at the end only say nothing of this one transition.
		shares[OTHER if _tells_early else WHOLE] = reward
		if ended:
			_last_sums = sums
	else:
		_tells_early = true
		var rest: float = reward
		for term: String in sums:
			shares[term] = sums[term] - _told.get(term, 0.0)
			rest -= shares[term]
		if absf(rest) > _ROUNDING * maxf(1.0, absf(reward)) and not _is_partial:
			shares[OTHER] = rest
		_told = sums
	_is_partial = false
	_keep(shares, ended)


## The terms' names, their sums, and the rows as one block, with what is needed to draw them.
func snapshot() -> Dictionary:
	var block: PackedFloat32Array = []
	for row: PackedFloat32Array in _rows:
		var whole: PackedFloat32Array = row.duplicate()
		whole.resize(_terms.size())
		block.append_array(whole)
	var sums: PackedFloat32Array = []
	for term: String in _terms:
		sums.append(_sums.get(term, 0.0))
	return {
		"terms": _terms.duplicate(),
		"term_sums": sums,
		"term_rows": block,
		"term_ends": _ends.duplicate(),
		"last_terms": PackedStringArray(_last_sums.keys()),
		"last_sums": PackedFloat32Array(_last_sums.values()),
	}


func _keep(shares: Dictionary[String, float], ended: bool) -> void:
	var row: PackedFloat32Array = []
	for term: String in shares:
		if not term in _terms:
			_terms.append(term)
		_sums[term] = _sums.get(term, 0.0) + shares[term]
	row.resize(_terms.size())
	for term: String in shares:
		row[_terms.find(term)] = shares[term]
	_rows.append(row)
	_ends.append(1 if ended else 0)
	if _rows.size() > LENGTH:
		_rows.remove_at(0)
		_ends.remove_at(0)


static func _numbers(told: Dictionary) -> Dictionary[String, float]:
	var numbers: Dictionary[String, float] = {}
	for term: Variant in told:
		var value: Variant = told[term]
		if value is float or value is int:
			numbers[str(term)] = float(value)
	return numbers
