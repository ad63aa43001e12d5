extends "res://tests/python/algorithms/games/seeker.gd"
## The seeker as a person plays it: slow hands on a stick, read as input actions.
##
## With DEMONSTRATIONS in the environment every episode is recorded to that file, and the game quits
## after EPISODES. Without, a trainer plays, and may ask what the hands would do
## ([method expert_action]).

const SIDES: Array[StringName] = [&"seek_left", &"seek_right", &"seek_up", &"seek_down"]
## Decisions that the eyes are behind.
const DELAY: int = 1

var stick: Vector2 = Vector2.ZERO
var _seen: Array[Vector2] = []
var _begun: int = 0
var _tremble: RandomNumberGenerator = RandomNumberGenerator.new()


func _init() -> void:
	super()
	for side: StringName in SIDES:
		if not InputMap.has_action(side):
			InputMap.add_action(side, 0.0)
	expert_demo_save_path = OS.get_environment("DEMONSTRATIONS")
	if not expert_demo_save_path.is_empty():
		control_mode = ControlModes.RECORD_EXPERT_DEMOS


func begin_episode(episode_seed: int) -> void:
	super(episode_seed)
	_tremble.seed = episode_seed
	_seen = []
	_begun += 1
	if control_mode == ControlModes.RECORD_EXPERT_DEMOS:
		if _begun > int(OS.get_environment("EPISODES")):
			get_tree().quit()


func _physics_process(delta: float) -> void:
	super(delta)
	if control_mode == ControlModes.RECORD_EXPERT_DEMOS and heuristic == "human":
		move(stick)


func get_action() -> Array:
	stick = _play()
	return [stick.x, stick.y]


func expert_action() -> Array:
	var wanted: Vector2 = _play()
	return [wanted.x, wanted.y]


# The hands push the stick where the goal was seen, and the game reads the stick.
func _play() -> Vector2:
	_seen.append(goal - place)
	var way: Vector2 = _seen[maxi(0, _seen.size() - 1 - DELAY)]
	var push: Vector2 = (way / 0.3).limit_length(1.0)
	push += Vector2(_tremble.randfn(0.0, 0.05), _tremble.randfn(0.0, 0.05))
	push = push.clamp(-Vector2.ONE, Vector2.ONE)
	_press(SIDES[0], -push.x)
	_press(SIDES[1], push.x)
	_press(SIDES[2], -push.y)
	_press(SIDES[3], push.y)
	return Input.get_vector(SIDES[0], SIDES[1], SIDES[2], SIDES[3], 0.0)


func _press(side: StringName, strength: float) -> void:
	if strength > 0.0:
		Input.action_press(side, strength)
	else:
		Input.action_release(side)
