class_name RLBodyDetector
extends Node
## Base of the detectors of physics: keeps the rigid bodies below a node and looks at them once a
## tick.
##
## Put a detector into the scene and set [member watched]. It looks just before Sync decides, at
## what the last tick made of the bodies, in time that counts as the harness's
## (docs/performance.md). It changes nothing and knows no game. A subclass writes [method _look].

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")
@warning_ignore_start("unsafe_method_access", "unsafe_property_access")

## Something was found, told of before in this episode or not.
signal found(kind: String)

# Before Sync, behind the monitor's first probe.
const _PRIORITY: int = -1000001

## The node below which bodies are looked at; not set: the parent.
@export var watched: Node

## The bodies that are there, in the order in which they came.
var bodies: Array[RigidBody3D] = []


func _enter_tree() -> void:
	process_physics_priority = _PRIORITY
	if watched == null:
		watched = get_parent()
	get_tree().node_added.connect(_on_node_added)
	get_tree().node_removed.connect(_on_node_removed)
	_gather(watched)


func _exit_tree() -> void:
	get_tree().node_added.disconnect(_on_node_added)
	get_tree().node_removed.disconnect(_on_node_removed)


func _physics_process(delta: float) -> void:
	_look(delta)


## Forgets what was seen: an episode begins.
func restart() -> void:
	pass


# Tells of a finding.
func _tell(kind: String, message: String, data: Dictionary) -> void:
	RLFindings.report(self, kind, message, data)
	found.emit(kind)


# Looks at the bodies after a tick of [param delta] s.
func _look(_delta: float) -> void:
	pass


# A body came, or went.
func _came(_body: RigidBody3D) -> void:
	pass


func _went(_body: RigidBody3D) -> void:
	pass


func _gather(node: Node) -> void:
	_on_node_added(node)
	for child: Node in node.get_children():
		_gather(child)


func _on_node_added(node: Node) -> void:
	var body: RigidBody3D = node as RigidBody3D
	if body != null and watched.is_ancestor_of(body) and body not in bodies:
		bodies.append(body)
		_came(body)


func _on_node_removed(node: Node) -> void:
	var body: RigidBody3D = node as RigidBody3D
	if body != null and body in bodies:
		bodies.erase(body)
		_went(body)
