extends "res://addons/godot_rl/policies/policy.gd"
## Random actions from inside the engine, to measure how fast the engine alone can go.
##
## Every decision does what a trainer's would, but for the wire: the transition is completed, all
## observations are built (and thrown away), and each agent gets an action. After a warm-up the
## time of a number of decisions is written as JSON, and the run is over. `--random_policy` starts
## it; rl_training/studies/benchmark reads the report.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLRunReport := preload("res://addons/godot_rl/evaluation/run_report.gd")
const RLSpaces := preload("res://addons/godot_rl/agents/spaces.gd")

## Version of the report.
const FORMAT: int = 1
## Decisions before the clock starts: the first episodes begin, caches fill.
const WARM_UP_DECISIONS: int = 100

var _wanted: int
var _report_path: String
var _about: Dictionary
var _random: RandomNumberGenerator = RandomNumberGenerator.new()
var _spaces: Array[Dictionary] = []
var _decisions: int = 0
var _started_usec: int = 0


## [param decisions] are measured, at least 1; [param report_path] is empty for the log;
## [param about] is what the report tells of the run.
func _init(decisions: int, run_seed: int, report_path: String, about: Dictionary) -> void:
	_wanted = decisions
	_report_path = report_path
	_about = about
	_random.seed = run_seed
	overrules_pause = true
	keeps_places = true
	needs_every_agent = true


## See RLPolicy.
func take_over(members: Array[Node], of_roster: RLRoster) -> bool:
	if not super.take_over(members, of_roster):
		return false
	_packer = RLObservationPacker.for_agents(agents, _observation_spaces_of_agents())
	for controller: Node in agents:
		var space: Dictionary = controller.get_action_space()
		_spaces.append(space)
		error = RLSpaces.action_space_error(space)
		if not error.is_empty():
			error = "%s: %s" % [controller.get_path(), error]
			return false
	return true


## See RLPolicy.
func decide() -> RLNext:
	_take_batch()
	if _decisions == WARM_UP_DECISIONS:
		_started_usec = Time.get_ticks_usec()
	elif _decisions == WARM_UP_DECISIONS + _wanted:
		_report(Time.get_ticks_usec() - _started_usec)
		return RLNext.RUN
	_decisions += 1
	for i: int in agents.size():
		_set_action(i, _draw(_spaces[i]))
	return RLNext.RUN


func _draw(space: Dictionary) -> Dictionary:
	var action: Dictionary = {}
	for key: String in space:
		var size: int = space[key]["size"]
		if space[key]["action_type"] == RLSpaces.DISCRETE:
			action[key] = _random.randi_range(0, size - 1)
			continue
		var values: Array[float] = []
		for i: int in size:
			values.append(_random.randf_range(-1.0, 1.0))
		action[key] = values
	return action


func _report(elapsed_usec: int) -> void:
	finished = true
	var report: Dictionary = {
		"format": FORMAT,
		"policy": "random",
		"agents": agents.size(),
		"decisions": _wanted,
		"warm_up_decisions": WARM_UP_DECISIONS,
		"elapsed_usec": elapsed_usec,
	}
	report.merge(_about)
	error = RLRunReport.write(report, _report_path)


## See RLPolicy.
func describe() -> String:
	return "random actions"
