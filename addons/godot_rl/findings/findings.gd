class_name RLFindings
extends RefCounted
## Where a game tells of what it found wrong with itself: a body went through a wall, a button does
## not answer. Any script may call [method report]; it changes nothing of what happens.
##
## A finding goes to every agent of the arena below whose root the reporting node stands (of all
## arenas where it stands outside, as an autoload does). Python gets it as `info["findings"]` of the
## decision in which it came; rows of in-engine reports and recordings hold an episode's
## (docs/findings.md). While nothing is reported this costs nothing. It never prints and never ends
## anything.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

const RLArena := preload("res://addons/godot_rl/arenas/arena.gd")
const RLEpisode := preload("res://addons/godot_rl/agents/episode.gd")
const RLEpisodeFindings := preload("res://addons/godot_rl/findings/episode_findings.gd")
const RLFindingData := preload("res://addons/godot_rl/findings/finding_data.gd")
const RLLog := preload("res://addons/godot_rl/logger.gd")
const RLParameters := preload("res://addons/godot_rl/arenas/parameters.gd")

## Most characters of a kind and of a message; longer ones are cut off.
const MAX_KIND: int = 64
const MAX_MESSAGE: int = 1000


## Reports what [param node] found. [param kind] is a name in snake_case ("tunnelling"); [param
## message] is one line for people, without numbers that change: findings of one kind and message
## are told once an episode, and at most 100 of all. [param data] holds what else is known; vectors
## become lists, and what JSON cannot hold becomes text. May be called from any thread.
static func report(node: Node, kind: String, message: String, data: Dictionary = {}) -> void:
	if OS.get_thread_caller_id() != OS.get_main_thread_id():
		report.call_deferred(node, kind, message, RLFindingData.cleaned(data))
		return
	var known: String = _kind_of(kind)
	if known.is_empty():
		return
	var text: String = message.strip_escapes().left(MAX_MESSAGE)
	var cleaned: Dictionary = RLFindingData.cleaned(data)
	for arena: RLArena in _arenas_of(node):
		for controller: Node in arena.agents:
			_give(controller.rl_episode, known, text, cleaned, arena.is_beginning)


static func _give(
	episode: RLEpisode, kind: String, message: String, data: Dictionary, is_early: bool
) -> void:
	if episode.findings == null:
		episode.findings = RLEpisodeFindings.new()
	var tick: int = 0 if is_early else episode.steps.now() - episode.began_tick
	var finding: Dictionary = {
		"kind": kind,
		"message": message,
		"tick": tick,
		"decision": 0 if is_early else episode.decisions,
		"data": data,
	}
	if is_early:
		episode.findings.add_early(finding)
	elif episode.findings.add(finding):
		episode.is_plain = false


# The arena that holds the node; all of them where none does.
static func _arenas_of(node: Node) -> Array[RLArena]:
	var parameters: RLParameters = RLParameters.shared()
	if is_instance_valid(node):
		var own: RLArena = parameters.arena_of(node)
		if own != null:
			return [own]
	return parameters.arenas


static func _kind_of(kind: String) -> String:
	var known: String = kind.to_snake_case().left(MAX_KIND)
	if known == kind and kind.is_valid_ascii_identifier():
		return kind
	if known.is_valid_ascii_identifier():
		return known
	RLLog.error(
		"RLFindings.report() takes a kind in snake_case such as tunnelling, not '%s'" % kind
	)
	return ""
