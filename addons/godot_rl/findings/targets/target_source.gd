extends RefCounted
## Where a bug target is looked for. BugTarget asks once a physics tick; looking changes nothing.

## What is wrong with it; empty: nothing. A wrong one never appears.
var problem: String = ""


## An episode begins: what came before does not count.
func restart() -> void:
	pass


## What was seen of the target since [method restart], one line; empty: nothing. [param agents] are
## the arena's.
func look(_agents: Array[Node]) -> String:
	return ""


## Lets go of what it holds of the engine.
func release() -> void:
	pass
