extends RefCounted
## The seed of the n-th episode of a run, the same in GDScript and in Python
## (rl_training/scenarios or evaluation hold its twin), whichever arena or process plays it.

const MASK: int = 0xFFFFFFFF


## Mixes a run's seed and an episode's index into [0, 2^31). The finaliser is "lowbias32" from
## Chris Wellons' hash-prospector; the products wrap at 64 bits, of which the low 32 are kept.
static func mix(run_seed: int, episode_index: int) -> int:
	var x: int = (run_seed * 0x9E3779B1 + episode_index * 0x85EBCA77) & MASK
	x ^= x >> 16
	x = (x * 0x7FEB352D) & MASK
	x ^= x >> 15
	x = (x * 0x846CA68B) & MASK
	x ^= x >> 16
	return x & 0x7FFFFFFF
