extends RefCounted
## Counts physics ticks for all agents of a process.
##
## RLRoster advances it once a tick; episodes read it, so that an agent's age costs nothing per
## tick. It knows no agent.

const NEVER: int = 1 << 62

## Physics ticks since the beginning.
var tick: int = 0
## Earliest tick at which some episode may reach its time limit.
var next_limit: int = NEVER


## Some episode's time limit is at [param limit_tick] now.
func expect_limit(limit_tick: int) -> void:
	next_limit = mini(next_limit, limit_tick)
