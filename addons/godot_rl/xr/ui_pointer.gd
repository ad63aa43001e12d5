extends Node
## A hand's ray: points at UIPanels, clicks with the trigger, drags a panel by its bar with the
## grip.
##
## Put it into a VR scene and set the hand; it uses the panels below [member panels_root]. With
## [member advances_itself] it reads the hand in each physics tick; a scene that trains calls
## move() and read_buttons() itself, once a decision. The hand's pose and inputs may be hardware's
## or a simulated tracker's. It draws nothing (see UIBeam) and knows no game.

## The trigger goes down on [param panel] at [param pixels]: the panel is told right after.
signal pressed(panel: UIPanel, pixels: Vector2)
## The trigger holds [param panel], which has just been told that the pointer is at [param pixels]:
## after the press, then each time the hand has moved.
signal dragged(panel: UIPanel, pixels: Vector2)
## The trigger went up; the panel was told.
signal released(panel: UIPanel, pixels: Vector2)
## The grip took [param panel] by its bar, or let it go.
signal grabbed(panel: UIPanel)
signal dropped(panel: UIPanel)
## The trigger went down and the ray was on no picture.
signal missed
## The ray came upon another Control; null: upon none.
signal hovered(control: Control)
## The trigger went down while the pointer was not active: its hand wants to be the one that points.
signal asked

const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")

## The ray starts at the hand and goes along its -Z. Give the node the hardware's pose "aim".
@export var hand: XRController3D
## The panels are looked for below this node, when this one is ready; null: call find_panels().
@export var panels_root: Node
## Length of the ray, m.
@export_range(0.5, 100.0, 0.1, "suffix:m") var length: float = 10.0
## The hand's inputs that click and grab, floats in [0, 1].
@export var click_input: StringName = &"trigger"
@export var grab_input: StringName = &"grip"
## A click or a grab begins where its input reaches the first and ends where it falls to the second.
@export var press_at: float = 0.7
@export var release_at: float = 0.3
## Whether this node reads the hand in each physics tick by itself.
@export var advances_itself: bool = true
## Whether it uses panels. Off, it only looks where its ray is. A panel has one mouse: of two hands
## let one be active at a time.
@export var is_active: bool = true:
	set(value):
		is_active = value
		if not value:
			restart()

## The panels that the ray can meet.
var panels: Array[UIPanel] = []
## The panel that the ray meets, or the one that is held; null: none.
var panel: UIPanel
## Where the ray crosses that panel's plane, m from the picture's middle, y up.
var place: Vector2 = Vector2.ZERO
## How far from the hand, m; [member length] where it meets none.
var distance: float = 10.0
## The trigger is held; what it holds is [member panel].
var is_pressing: bool = false
## The grip holds [member panel] by its bar.
var is_grabbing: bool = false

var _trigger_is_down: bool = false
var _grip_is_down: bool = false
var _grip_distance: float = 0.0
var _grip_place: Vector2 = Vector2.ZERO
var _grip_turn: float = 0.0
var _hovered_id: int = 0


func _ready() -> void:
	set_physics_process(advances_itself)
	if panels_root != null:
		find_panels(panels_root)


func _physics_process(_delta: float) -> void:
	move()
	read_buttons()


## Uses the panels below [param root], in place of those it knew.
func find_panels(root: Node) -> void:
	panels.clear()
	for node: Node in root.find_children("*", "Node3D", true, false):
		if node is UIPanel:
			panels.append(node)


## Lets go of everything and forgets the panel: an episode begins.
func restart() -> void:
	_let_go()
	_leave()
	_trigger_is_down = false
	_grip_is_down = false
	_hovered_id = 0


## Follows the hand: moves what is held, else finds the nearest panel and points at it.
func move() -> void:
	var from: Vector3 = hand.global_position
	var direction: Vector3 = -hand.global_basis.z.normalized()
	if is_grabbing:
		_drag(from, direction)
		return
	if not is_pressing:
		_find_panel(from, direction)
	if panel == null:
		_tell_hovered()
		return
	var along: float = panel.find_plane(from, direction)
	# Who drags a slider may leave the panel: its plane counts, as far as the ray goes.
	if along <= length:
		distance = along
		place = panel.to_panel(from + direction * along)
	if not is_active:
		return
	if is_pressing or panel.is_on_picture(place):
		panel.point_at(panel.to_pixels(place))
		if is_pressing:
			dragged.emit(panel, panel.pointer)
	elif panel.is_pointed and panel.holder == null:
		panel.leave()
	_tell_hovered()


## Reads trigger and grip, where the ray is: presses, releases, grabs, drops.
func read_buttons() -> void:
	var trigger: bool = _is_down(click_input, _trigger_is_down)
	var grip: bool = _is_down(grab_input, _grip_is_down)
	if trigger != _trigger_is_down:
		_trigger_is_down = trigger
		if not is_active:
			if trigger:
				asked.emit()
		elif trigger:
			_press()
		else:
			_release()
	if grip != _grip_is_down:
		_grip_is_down = grip
		if grip and is_active:
			_grab()
		else:
			_drop()


## Whether the ray is on the picture of a panel.
func is_on_picture() -> bool:
	return panel != null and panel.is_on_picture(place)


func _is_down(input: StringName, was_down: bool) -> bool:
	return hand.get_float(input) >= (release_at if was_down else press_at) and hand.get_is_active()


func _find_panel(from: Vector3, direction: Vector3) -> void:
	var nearest: UIPanel = null
	distance = length
	for candidate: UIPanel in panels:
		if candidate.holder != null and candidate.holder != self:
			continue
		var along: float = candidate.find_hit(from, direction)
		if along < distance and candidate.is_visible_in_tree():
			nearest = candidate
			distance = along
	if nearest != panel:
		_leave()
		panel = nearest


func _press() -> void:
	if is_grabbing:
		return
	if not is_on_picture() or panel.holder != null:
		missed.emit()
		return
	is_pressing = true
	panel.holder = self
	panel.point_at(panel.to_pixels(place))
	pressed.emit(panel, panel.pointer)
	panel.press()
	dragged.emit(panel, panel.pointer)


func _release() -> void:
	if not is_pressing:
		return
	is_pressing = false
	panel.holder = null
	panel.release()
	released.emit(panel, panel.pointer)


func _grab() -> void:
	if is_pressing or panel == null or panel.holder != null or not panel.is_on_bar(place):
		return
	is_grabbing = true
	panel.holder = self
	_grip_distance = distance
	_grip_place = place
	var forward: Vector3 = -hand.global_basis.z
	_grip_turn = panel.global_rotation.y - atan2(-forward.x, -forward.z)
	panel.grabbed.emit(true)
	grabbed.emit(panel)


func _drop() -> void:
	if not is_grabbing:
		return
	is_grabbing = false
	panel.holder = null
	panel.grabbed.emit(false)
	dropped.emit(panel)


# The panel keeps its distance and turns with the ray, upright.
func _drag(from: Vector3, direction: Vector3) -> void:
	var yaw: float = atan2(-direction.x, -direction.z) + _grip_turn
	var held: Vector3 = from + direction * _grip_distance
	var offset: Vector3 = Basis(Vector3.UP, yaw) * Vector3(_grip_place.x, _grip_place.y, 0.0)
	panel.drag_to(held - offset, yaw)
	var along: float = panel.find_plane(from, direction)
	if along <= length:
		distance = along
		place = panel.to_panel(from + direction * along)


func _let_go() -> void:
	_release()
	_drop()


func _leave() -> void:
	if is_active and panel != null and panel.holder == null:
		panel.leave()
	panel = null


func _tell_hovered() -> void:
	var control: Control = panel.get_hovered() if panel != null else null
	var id: int = control.get_instance_id() if control != null else 0
	if id != _hovered_id:
		_hovered_id = id
		hovered.emit(control)
