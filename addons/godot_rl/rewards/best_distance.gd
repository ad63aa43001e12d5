extends RefCounted
## The smallest distance seen in an episode. Shared by the 2D and 3D approach rewards.
##
## A distance of exactly 0 is a best distance like any other: it is remembered, so that leaving the
## target and coming back earns nothing twice.

var _known: bool = false
var _best: float = 0.0


## Takes the next distance and returns by how much it beats the best one, 0 for the first of an
## episode and for one that is no better.
func improvement(distance: float) -> float:
	if not _known:
		_known = true
		_best = distance
		return 0.0
	var gained: float = maxf(_best - distance, 0.0)
	_best = minf(_best, distance)
	return gained


## Forgets the episode.
func forget() -> void:
	_known = false
