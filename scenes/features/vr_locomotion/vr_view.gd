class_name VRView
extends Node3D
## Everything that only a spectator or a wearer sees: meshes, beacons, vignette, HUD, cameras.
##
## It frees itself where nothing is drawn, so training pays nothing for it. It reads the scenario
## and never changes it.

const REACHED: Color = Color(0.35, 0.75, 0.45)
const NEXT: Color = Color(1.0, 0.72, 0.15)
const LATER: Color = Color(0.35, 0.62, 0.95)
const BODY: Color = Color(0.95, 0.32, 0.42)
const CRATES: PackedColorArray = [
	Color(0.72, 0.40, 0.30), Color(0.66, 0.52, 0.36), Color(0.50, 0.44, 0.60)
]
## Render layer of the vignette, which the overview camera does not show.
const EYE_LAYER: int = 1 << 19
## Render layer of the player's own body, which the player's camera does not show.
const BODY_LAYER: int = 1 << 18
const EYE_SIZE: Vector2i = Vector2i(288, 162)

@export var player: VRPlayer
@export var course: Course
@export var controller: VRLocomotionController

var _beacons: Array[Node3D] = []
var _crates: Array[MeshInstance3D] = []
var _hud: Label
var _screen: CanvasLayer
var _eye_view: SubViewport
var _eye: Camera3D
var _vignette: ShaderMaterial = ShaderMaterial.new()

@onready var _overview: Camera3D = $OverviewCamera


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		set_process(false)
		return
	var first: bool = get_tree().get_nodes_in_group("vr_view").is_empty()
	add_to_group("vr_view")
	if not first and get_world_3d() == get_tree().root.find_world_3d():
		$Sun.queue_free()
		$WorldEnvironment.queue_free()
	_build_player()
	_build_course()
	_build_vignette()
	if first:
		add_child(VRHandsView.new(player))
		_build_hud()
		player.headset.worn.connect(_show_to_wearer)
		_show_to_wearer(not player.headset.is_simulating)
	course.built.connect(_show_course)
	course.waypoint_reached.connect(_colour_beacons.unbind(1))
	_show_course()


func _process(_delta: float) -> void:
	var comfort: ComfortSystem = player.comfort
	_vignette.set_shader_parameter("intensity", comfort.intensity)
	if _hud == null or not _screen.visible:
		return
	_eye.global_transform = player.camera.global_transform
	var reached: int = course.next_waypoint
	_hud.text = (
		"Waypoint  %d / %d\nTime  %.1f s\nCollisions  %d\nComfort events  %d\nVignette  %d %%"
		% [
			mini(reached + 1, Course.WAYPOINT_COUNT),
			Course.WAYPOINT_COUNT,
			controller.course_time,
			player.collisions,
			comfort.activations,
			roundi(comfort.intensity * 100.0),
		]
	)


# A wearer sees through the player's eyes; numbers and overview are for those at the screen.
func _show_to_wearer(is_on: bool) -> void:
	_screen.visible = not is_on
	_eye_view.render_target_update_mode = (
		SubViewport.UPDATE_DISABLED if is_on else SubViewport.UPDATE_WHEN_VISIBLE
	)
	if is_on:
		player.camera.make_current()
	else:
		_overview.make_current()


func _show_course() -> void:
	for i: int in _beacons.size():
		_beacons[i].position = course.waypoints[i]
	for i: int in course.obstacles.size():
		if i == _crates.size():
			_add_crate(course.obstacles[i])
		var box: BoxMesh = _crates[i].mesh
		box.size = course.get_obstacle_size(i)
	_colour_beacons()


func _colour_beacons() -> void:
	for i: int in _beacons.size():
		var colour: Color = NEXT if i == course.next_waypoint else LATER
		if i < course.next_waypoint:
			colour = REACHED
		for part: Node in _beacons[i].get_children():
			if part is Label3D:
				(part as Label3D).modulate = colour
				continue
			var mesh: MeshInstance3D = part
			var material: StandardMaterial3D = mesh.material_override
			material.albedo_color = Color(colour, material.albedo_color.a)


func _build_course() -> void:
	for i: int in Course.WAYPOINT_COUNT:
		var beacon: Node3D = Node3D.new()
		beacon.add_child(_glow(_cylinder(Course.WAYPOINT_RADIUS, 0.04), 0.03, 0.85))
		beacon.add_child(_glow(_cylinder(0.1, 2.4), 1.2, 0.8))
		var number: Label3D = Label3D.new()
		number.text = str(i + 1)
		number.font_size = 256
		number.outline_size = 48
		number.billboard = BaseMaterial3D.BILLBOARD_ENABLED
		number.position.y = 3.1
		beacon.add_child(number)
		course.add_child(beacon)
		_beacons.append(beacon)


func _add_crate(box: StaticBody3D) -> void:
	var crate: MeshInstance3D = _mesh(BoxMesh.new(), CRATES[_crates.size() % CRATES.size()])
	box.add_child(crate)
	_crates.append(crate)


func _build_player() -> void:
	var capsule: CapsuleMesh = CapsuleMesh.new()
	capsule.radius = 0.3
	capsule.height = 1.55
	var body: MeshInstance3D = _mesh(capsule, BODY)
	body.position.y = 0.78
	body.layers = BODY_LAYER
	player.add_child(body)
	var head_mesh: BoxMesh = BoxMesh.new()
	head_mesh.size = Vector3(0.42, 0.26, 0.3)
	var head: MeshInstance3D = _mesh(head_mesh, Color(0.12, 0.13, 0.16))
	head.position = Vector3(0.0, -0.05, -0.2)
	head.layers = BODY_LAYER
	player.camera.add_child(head)
	player.camera.cull_mask = 0xFFFFF & ~BODY_LAYER
	for hand: XRController3D in [player.locomotion.left_hand, player.locomotion.right_hand]:
		var grip: BoxMesh = BoxMesh.new()
		grip.size = Vector3(0.09, 0.09, 0.2)
		hand.add_child(_mesh(grip, Color(0.16, 0.65, 0.75)))


func _build_vignette() -> void:
	_vignette.shader = load("res://scenes/features/vr_locomotion/vignette.gdshader")
	_vignette.render_priority = 127
	var quad: MeshInstance3D = MeshInstance3D.new()
	quad.mesh = QuadMesh.new()
	quad.material_override = _vignette
	quad.extra_cull_margin = 100.0
	quad.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	quad.layers = EYE_LAYER
	quad.position.z = -1.0
	player.camera.add_child(quad)


# The numbers, and a small picture of what the player sees.
func _build_hud() -> void:
	_screen = CanvasLayer.new()
	add_child(_screen)
	_hud = Label.new()
	_hud.position = Vector2(24.0, 20.0)
	_hud.add_theme_font_size_override("font_size", 24)
	_hud.add_theme_color_override("font_outline_color", Color(0.05, 0.07, 0.1))
	_hud.add_theme_constant_override("outline_size", 8)
	_screen.add_child(_hud)
	var container: SubViewportContainer = SubViewportContainer.new()
	_eye_view = SubViewport.new()
	_eye_view.size = EYE_SIZE
	_eye = Camera3D.new()
	_eye.cull_mask = player.camera.cull_mask
	_eye.fov = 80.0
	_eye_view.add_child(_eye)
	container.add_child(_eye_view)
	container.set_anchors_and_offsets_preset(
		Control.PRESET_TOP_RIGHT, Control.PRESET_MODE_MINSIZE, 16
	)
	_screen.add_child(container)


func _mesh(mesh: Mesh, colour: Color) -> MeshInstance3D:
	var instance: MeshInstance3D = MeshInstance3D.new()
	var material: StandardMaterial3D = StandardMaterial3D.new()
	material.albedo_color = colour
	material.roughness = 0.8
	instance.mesh = mesh
	instance.material_override = material
	return instance


func _glow(mesh: Mesh, height: float, alpha: float) -> MeshInstance3D:
	var instance: MeshInstance3D = _mesh(mesh, Color(1.0, 1.0, 1.0, alpha))
	var material: StandardMaterial3D = instance.material_override
	material.transparency = BaseMaterial3D.TRANSPARENCY_ALPHA
	material.shading_mode = BaseMaterial3D.SHADING_MODE_UNSHADED
	instance.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	instance.position.y = height
	return instance


func _cylinder(radius: float, height: float) -> CylinderMesh:
	var mesh: CylinderMesh = CylinderMesh.new()
	mesh.top_radius = radius
	mesh.bottom_radius = radius
	mesh.height = height
	return mesh
