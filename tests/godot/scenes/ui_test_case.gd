class_name UITestCase
extends ScenarioTestCase
## Builders for the tests of the UI interaction scenario: a scene without a trainer, and a scripted
## tester that plays it by what the agent observes.

const SCENE: String = "res://scenes/ui_interaction/ui_interaction.tscn"
## Ticks of a decision.
const REPEAT: int = 9
## Half of an element's size, in which the scripted tester clicks.
const NEAR: float = 0.35

var scene: UIInteraction
var player: UIPlayer
var stage: UIStage
var controller: UIInteractionController
## Findings of the episode: kind and message.
var findings: Array[PackedStringArray] = []
var _holds: bool = false
var _drag: float = 0.0


## Adds a scenario whose current episode is the one of [param episode_seed].
func build(episode_seed: int = 1, share: float = 1.0, place: Vector3 = Vector3.ZERO) -> void:
	scene = (load(SCENE) as PackedScene).instantiate()
	scene.position = place
	controller = scene.get_node("Player/AIController3D")
	controller.menu_size = share
	add_child(scene)
	player = scene.player
	stage = scene.stage
	controller.tester.found.connect(_on_found)
	controller.set_physics_process(true)
	take_over(controller, episode_seed)


## Begins the episode of this seed as Sync does.
func begin(episode_seed: int) -> void:
	findings.clear()
	_holds = false
	super(episode_seed)
	# No policy tells the ticks of a decision.
	controller.reset_after = controller.episode_decisions * REPEAT


## Acts and lets a decision's ticks pass.
func act(yaw: float, pitch: float, trigger: int = 0, grip: int = 0) -> void:
	controller.set_action({"point": [yaw, pitch], "trigger": trigger, "grip": grip})
	await wait_physics(REPEAT)


## Takes one decision of a tester that does what is to be done next, by the observation alone.
func step_tester() -> void:
	var seen: PackedFloat32Array = controller.get_obs()["obs"]
	var at: int = UIObservation.OWN.size()
	var offset: Vector2 = Vector2(_unroot(seen[at]), _unroot(seen[at + 1]))
	var half: Vector2 = (
		Vector2(seen[at + 2], seen[at + 3]) / (seen[3] * UIObservation.DISTANCE_SCALE)
	)
	var is_bar: bool = seen[at + 8] > 0.5
	if seen[12] > 0.5 or seen[13] > 0.5:
		await _step_held(seen, at, half)
		return
	var is_met: bool = absf(offset.x) < half.x * 0.5 and absf(offset.y) < half.y * 0.5
	var turn: Vector2 = Vector2(_speed(offset.x), _speed(offset.y))
	if is_met and seen[at + 5] > 0.5 and seen[at + 10] > 0.5:
		if is_bar:
			_drag = 0.6 if seen[9] < 0.4 else -0.6
			await act(0.0, 0.0, 0, 1)
		else:
			_drag = -0.35 if seen[at + 9] > 0.5 else 0.35
			await act(0.0, 0.0, 1, 0)
		return
	await act(turn.x, turn.y)


## Whether that tester drags a slider.
func is_dragging() -> bool:
	var held: RefCounted = controller.tester.get_held()
	return held != null and held.get("control") is Slider


## Plays the episode with that tester until it ends or [param limit] decisions have passed; returns
## their number.
func play_tester(limit: int = 900) -> int:
	var decisions: int = 0
	while not controller.done and decisions < limit:
		await step_tester()
		decisions += 1
	return decisions


func _step_held(seen: PackedFloat32Array, at: int, half: Vector2) -> void:
	if seen[13] > 0.5:
		await act(0.0, _drag, 0, 1 if seen[at + 9] < 0.99 else 0)
		return
	var is_slider: bool = seen[at + 7] > 0.5
	var offset: float = _unroot(seen[at])
	if not is_slider or absf(offset) > half.x * 0.7:
		await act(0.0, 0.0)
	else:
		await act(_drag, 0.0, 1, 0)


# The action that turns by [param angle] in one decision.
func _speed(angle: float) -> float:
	var rate: float = angle / (REPEAT / 90.0) / deg_to_rad(player.aim_speed)
	return clampf(rate, -1.0, 1.0)


func _unroot(value: float) -> float:
	return signf(value) * value * value * UIObservation.ANGLE_SCALE


func _on_found(kind: String, message: String, _data: Dictionary) -> void:
	findings.append(PackedStringArray([kind, message]))
