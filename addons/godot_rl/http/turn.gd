extends RefCounted
## One HTTP request to the agents: a reset, or decisions with one set of actions.
##
## RLDriveCalls makes it, RLHttpPipe plays it. It reads what was asked against the agents' spaces
## when its turn comes, since before the first decision nobody knows them.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLActionReader := preload("res://addons/godot_rl/http/action_reader.gd")
const RLHttpAnswer := preload("res://addons/godot_rl/http/answer.gd")

const RESET: String = "reset"
const ACTION: String = "action"

## The message to the policy; empty before [method prepare].
var message: Dictionary = {}

# Null: nobody waits for the answer.
var _answer: RLHttpAnswer
var _type: String
# The request's body.
var _asked: Dictionary
# Returns the action spaces, row by row.
var _spaces: Callable
var _decisions: int = 1
var _stops_at_end: bool = true
var _played: int = 0
var _total_rewards: PackedFloat64Array = []


func _init(type: String, asked: Dictionary, spaces: Callable, answer: RLHttpAnswer) -> void:
	_type = type
	_asked = asked
	_spaces = spaces
	_answer = answer
	_decisions = int(asked.get("decisions", 1))
	_stops_at_end = asked.get("stop_at_end", true)


## Makes [member message]. Returns false, and tells the asker why, when that cannot be.
func prepare(pipe: RefCounted) -> bool:
	if not message.is_empty():
		return true
	message = {"type": _type}
	if _type == RESET:
		if _asked.has("seed"):
			message["seed"] = int(_asked["seed"])
		return true
	var reader: RLActionReader = RLActionReader.new(_spaces.call(), pipe.last_actions)
	message["action"] = reader.read(_asked)
	if not reader.error.is_empty():
		refuse(400, "invalid_action", reader.error)
		return false
	return true


## Takes the policy's answer. Returns whether the turn goes on with the same actions.
func take(told: Dictionary) -> bool:
	if _type == RESET:
		_tell({"observations": told["obs"], "infos": told["info"]})
		return false
	_played += 1
	_add_rewards(told["reward"])
	var ended: bool = told["done"].has(true)
	if _played < _decisions and not (ended and _stops_at_end):
		return true
	_tell(
		{
			"observations": told["obs"],
			"rewards": told["reward"],
			"total_rewards": _total_rewards,
			"terminated": told["terminated"],
			"truncated": told["truncated"],
			"final_observations": told["final_obs"],
			"infos": told["info"],
			"decisions": _played,
		}
	)
	return false


func refuse(status: int, code: String, reason: String) -> void:
	if _answer != null:
		_answer.refuse(status, code, reason)


func _tell(result: Dictionary) -> void:
	if _answer != null:
		_answer.tell(result)


func _add_rewards(rewards: PackedFloat64Array) -> void:
	_total_rewards.resize(rewards.size())
	for i: int in rewards.size():
		_total_rewards[i] += rewards[i]
