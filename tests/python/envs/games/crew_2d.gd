extends AIController2D
## One of a crew: it lives for a number of ticks that follows from its episode's seed. It observes
## its age, what its episode was drawn as, and how many of the crew are there.

## Choices of its action; 0: it steers.
@export var choices: int = 0
## Ticks that it lives at least, and at most.
@export var shortest: int = 8
@export var longest: int = 40

var age: int = 0
var life: int = 0
var drawn: float = 0.0
var held: float = 0.0


func _physics_process(_delta: float) -> void:
	if done:
		return
	age += 1
	reward += 1.0
	if age >= life:
		terminated = true


func begin_episode(episode_seed: int) -> void:
	age = 0
	drawn = float(episode_seed % 1000) / 1000.0
	life = shortest + episode_seed % (longest - shortest + 1)


func get_obs() -> Dictionary:
	var crew: int = get_tree().get_nodes_in_group("AGENT").size()
	return {"obs": PackedFloat32Array([age / 100.0, drawn, crew / 10.0, held])}


func get_action_space() -> Dictionary:
	if choices > 0:
		return {"turn": {"size": choices, "action_type": "discrete"}}
	return {"push": {"size": 1, "action_type": "continuous"}}


@warning_ignore("untyped_declaration")
func set_action(action) -> void:
	held = action["turn"] / 10.0 if choices > 0 else clampf(action["push"][0], -1.0, 1.0)


func get_info() -> Dictionary:
	return {"metrics": {"age": age}} if done else {}
