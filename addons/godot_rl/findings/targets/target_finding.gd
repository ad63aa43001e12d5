extends "res://addons/godot_rl/findings/targets/target_source.gd"
## The target is a finding of one kind, which the game reports of itself (RLFindings).

var _kind: String


func _init(kind: String) -> void:
	_kind = kind


## See RLTargetSource.
func look(agents: Array[Node]) -> String:
	for agent: Node in agents:
		var findings: RefCounted = agent.get("rl_episode").findings
		if findings == null:
			continue
		for finding: Dictionary in findings.get("all"):
			if finding["kind"] == _kind:
				return finding["message"]
	return ""
