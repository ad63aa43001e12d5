@tool
@icon("res://addons/godot_rl/icons/reward_2d.svg")
class_name ApproachNodeReward2D
extends RewardFunction2D
## Rewards each new smallest distance to a node, so that coming back over old ground earns nothing.
##
## Over an episode the rewards add up to [member reward_scale] times (first distance - smallest
## distance). The first call after [method reset] measures the start and gives 0, wherever the agent
## has been put by then; [method start_here] measures it at once, so that the first decision's
## progress counts too.

const RLBestDistance := preload("res://addons/godot_rl/rewards/best_distance.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")

## The node to approach. Without one, or once it is freed, the reward is 0.
@export var target_node: Node2D:
	set(value):
		target_node = value
		_best.forget()
		_had_target = _had_target or value != null
		update_configuration_warnings()
## Reward per pixel of progress, usually in [0, 1].
@export_range(0.0, 1.0, 0.0001, "or_greater") var reward_scale: float = 1.0

var _best: RLBestDistance = RLBestDistance.new()
var _had_target: bool = false
var _reported: bool = false


func _get_configuration_warnings() -> PackedStringArray:
	if target_node == null:
		return ["target_node is not set; choose the node to approach"]
	return []


## The progress beyond the smallest distance so far, times [member reward_scale]; never negative for
## a positive scale.
func get_reward() -> float:
	if not is_instance_valid(target_node):
		_report_missing()
		return 0.0
	return _best.improvement(_distance()) * reward_scale


## Forgets the smallest distance. The next [method get_reward] measures the new start.
func reset() -> void:
	_best.forget()


## Starts an episode at the present place: call it after the agent and the target were put there.
func start_here() -> void:
	reset()
	get_reward()


func _distance() -> float:
	return global_position.distance_to(target_node.global_position)


# A target that was freed is an everyday event; one that never was there is a mistake, told once.
func _report_missing() -> void:
	if not _had_target and not _reported:
		_reported = true
		RLLog.error("%s: %s" % [get_path(), _get_configuration_warnings()[0]])
