extends "res://addons/godot_rl/session/session.gd"
## A game that is played: agents come and go, and nothing of ours ends it.
##
## An agent that enters the tree gets the policy that its control mode asks for; where that cannot
## be had, one error says why and the game's own control acts. In a debug build a trainer that waits
## on the default port is looked for beside the game; Sync then begins a run (docs/addon.md).

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLComplaints := preload("res://addons/godot_rl/policies/complaints.gd")
# Loaded when it is needed: a shipped game calls no trainer.
const TRAINER_CALL: String = "res://addons/godot_rl/session/trainer_call.gd"
const GAME_ACTS: String = "the game's own control acts instead"

## The connection to a trainer that was found; null: none.
var found_stream: RefCounted

var _complaints: RLComplaints = RLComplaints.new()
var _by_source: Dictionary[String, RLPolicy] = {}
var _run_seed: int
# An RLTrainerCall.
var _call: RefCounted
var _may_call: bool = OS.is_debug_build()
# Agents that left in this tick, by instance: one that is back in the same tick was moved.
var _left: Dictionary[int, bool] = {}


func _init(tree: SceneTree, options: RLLaunchOptions, of_settings: RLSettings) -> void:
	super._init(tree, options, of_settings)
	is_running = true
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	_run_seed = options.env_seed if options.is_seeded else random.randi() & 0x7FFFFFFF
	_set_speed()
	if not options.error.is_empty():
		RLLog.error(options.error + ": it is ignored")


## See RLSession.
func leave(controller: Node) -> void:
	if controller.rl_episode.policy != null:
		_left[controller.get_instance_id()] = true
	super.leave(controller)


## See RLSession.
func tick() -> void:
	_is_busy = true
	for controller: Node in _take_entered():
		if is_instance_valid(controller) and controller.is_inside_tree():
			_admit(controller)
	roster.starts.begin_due(false)
	if not roster.starts.error.is_empty():
		RLLog.error(roster.starts.error + ": each agent begins by itself")
		roster.starts.error = ""
	_left.clear()
	if _call != null:
		_look_for_trainer()
	if not roster.agents.is_empty():
		_advance()
	_is_busy = false
	if not _absent.is_empty():
		_release_stand_ins()


## See RLSession.
func is_idle() -> bool:
	return roster.agents.is_empty() and _entered.is_empty() and _call == null


func _admit(controller: Node) -> void:
	if controller.rl_episode.policy != null:
		return
	_tell_strangers()
	var source: String = _chooser.source_of(controller)
	if source == RLPolicyChooser.REMOTE:
		if _may_call:
			_may_call = false
			_call = load(TRAINER_CALL).new(_options)
		source = RLPolicyChooser.HUMAN
	var problem: String = _admit_to(source, controller)
	if not problem.is_empty():
		_complaints.tell("policy", controller, problem, GAME_ACTS)
		_admit_to(RLPolicyChooser.HUMAN, controller)
	if _left.has(controller.get_instance_id()):
		roster.come_back(controller)
		return
	roster.join(controller, _run_seed)
	roster.starts.make_due(controller)


# Returns why the policy of a source cannot take the agent, or "".
func _admit_to(source: String, controller: Node) -> String:
	var policy: RLPolicy = _by_source.get(source)
	if policy == null:
		_chooser.about = settings.about(controller.scene_file_path, 1, _options)
		policy = _chooser.make(source)
		if policy == null:
			return _chooser.error
		policy.roster = roster
		policy.complaints = _complaints
		_by_source[source] = policy
		_policies.append(policy)
	var problem: String = policy.admit(controller)
	if problem.is_empty() and policy.action_repeat == 0:
		policy.action_repeat = settings.action_repeat
	return problem


func _look_for_trainer() -> void:
	if _call.call("is_undecided"):
		return
	found_stream = _call.get("found")
	if found_stream == null:
		RLLog.info("%s, the player acts" % _call.get("reason"))
	_call = null


# A policy of a game tells its faults itself; one that cannot decide at all is left out.
func _fail(policy: RLPolicy, reason: String) -> void:
	policy.error = ""
	_undecided.erase(policy)
	policy.ticks_to_decision = maxi(policy.action_repeat, 1)
	if not policy.agents.is_empty():
		_complaints.tell("policy", policy.agents[0], reason, "its agents keep their last actions")


func _tell_strangers() -> void:
	for node: Node in _tree.get_nodes_in_group("AGENT"):
		if not (node is AIController2D or node is AIController3D):
			var members: Array[Node] = [node]
			var problem: String = RLRoster.stranger_error(members)
			_complaints.tell("stranger", node, problem, "nothing drives it")
