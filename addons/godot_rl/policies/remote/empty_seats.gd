extends RefCounted
## What a trainer that can be told of empty seats is told of them: that they are empty, and nothing
## else. What stands in for nobody has no episode that could end where an agent takes the seat, and
## nothing to say until then.
##
## RLRemotePolicy lets it look through each batch. It changes batches and no agent.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLStepBatch := preload("res://addons/godot_rl/agents/step_batch.gd")

## RLStepBatch.presence of the batch that was told last.
var told: PackedByteArray = []


## Whether nobody was in row [param row] when the last batch was told.
func was_empty(row: int) -> bool:
	return row >= 0 and row < told.size() and told[row] & RLStepBatch.ABSENT != 0


## Takes out of [param batch] what stand-ins had to say; [param is_step]: it has transitions.
func quiet(batch: RLStepBatch, is_step: bool) -> void:
	for i: int in batch.presence.size():
		var has_ended: bool = is_step and batch.final_observations[i] != null
		if has_ended and batch.presence[i] & RLStepBatch.JOINED and was_empty(i):
			_drop_end(batch, i)
		elif batch.presence[i] & RLStepBatch.ABSENT and not has_ended:
			batch.infos[i] = {}


func _drop_end(batch: RLStepBatch, i: int) -> void:
	var before: int = i - batch.final_observations.slice(0, i).count(null)
	batch.ended.remove_at(before)
	batch.final_observations[i] = null
	batch.terminated[i] = false
	batch.truncated[i] = false
	batch.rewards[i] = 0.0
	batch.infos[i] = {}
