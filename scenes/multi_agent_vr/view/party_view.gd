class_name PartyView
extends Node3D
## Everything that only a spectator sees of `multi_agent_vr`: room, players, links, score, camera.
##
## It frees itself where nothing is drawn, so training pays nothing for it. It reads the scene and
## never changes it. The first view in a window gets light, camera and score.

const PlayerView := preload("res://scenes/multi_agent_vr/view/player_view.gd")
const Looks := preload("res://scenes/multi_agent_vr/view/party_looks.gd")
const GROUP: StringName = &"party_view"
const LINK_WIDTH: float = 0.05

@export var arena: MultiAgentVR

var _pillars: Array[MeshInstance3D] = []
var _links: ImmediateMesh = ImmediateMesh.new()
var _score: Label


func _ready() -> void:
	if DisplayServer.get_name() == "headless":
		queue_free()
		set_process(false)
		return
	var is_first: bool = get_tree().get_nodes_in_group(GROUP).is_empty()
	add_to_group(GROUP)
	_build_room()
	if is_first:
		_build_light()
		_build_camera()
		_build_score()
	arena.begun.connect(_show_round)
	arena.joined.connect(_dress)
	_show_round()


func _process(_delta: float) -> void:
	_draw_links()
	if _score != null:
		_score.text = _tell()


func _show_round() -> void:
	for i: int in _pillars.size():
		_pillars[i].visible = i < arena.room.pillars.size()
		if _pillars[i].visible:
			var place: Vector2 = arena.room.pillars[i]
			_pillars[i].position = Vector3(place.x, 0.7, place.y)
	for player: PartyPlayer in arena.players:
		_dress(player)


# Who has come is shown.
func _dress(player: PartyPlayer) -> void:
	if not player.has_node("View"):
		var shown: Node3D = PlayerView.new(player)
		shown.name = "View"
		player.add_child(shown)


# Lines on the floor between players: green where they are near, from the chaser red.
func _draw_links() -> void:
	_links.clear_surfaces()
	if arena.players.size() < 2:
		return
	_links.surface_begin(Mesh.PRIMITIVE_TRIANGLES)
	for i: int in arena.players.size():
		for j: int in range(i + 1, arena.players.size()):
			_draw_link(arena.players[i], arena.players[j])
	_links.surface_end()


func _draw_link(one: PartyPlayer, other: PartyPlayer) -> void:
	var from: Vector3 = Vector3(one.place.x, 0.03, one.place.y)
	var to: Vector3 = Vector3(other.place.x, 0.03, other.place.y)
	var side: Vector3 = (to - from).cross(Vector3.UP).normalized() * LINK_WIDTH
	_links.surface_set_color(_link_colour(one, other, from.distance_to(to)))
	for corner: Vector3 in [from - side, from + side, to + side, from - side, to + side, to - side]:
		_links.surface_add_vertex(corner)


func _link_colour(one: PartyPlayer, other: PartyPlayer, distance: float) -> Color:
	if arena.settings.game == MultiAgentVR.Games.GATHER:
		var near: float = clampf(distance / arena.settings.near_distance, 0.0, 2.0)
		return Looks.NEAR if near <= 1.0 else Color(Looks.FAR, 2.0 - near)
	var chases: bool = PartyPlayer.Role.IT in [one.role, other.role]
	return Color(Looks.IT, clampf(1.2 - distance / 6.0, 0.0, 0.9) if chases else 0.0)


func _tell() -> String:
	var left: float = (arena.round_ticks - arena.ticks) * MultiAgentVR.SECONDS_A_TICK
	var what: String = "%d players   %4.1f s" % [arena.players.size(), maxf(left, 0.0)]
	var frozen: int = 0
	var near: float = 0.0
	for player: PartyPlayer in arena.players:
		frozen += int(player.role == PartyPlayer.Role.FROZEN)
		near += arena.game.near_share(player) / arena.players.size() if arena.game != null else 0.0
	match arena.settings.game:
		MultiAgentVR.Games.GATHER:
			return "together   near %d %%   %s" % [roundi(100.0 * near), what]
		MultiAgentVR.Games.TAG:
			return "tag   %s" % what
	return "freeze tag   %d of %d frozen   %s" % [frozen, arena.players.size() - 1, what]


func _build_room() -> void:
	var side: float = 2.0 * PartyRoom.HALF
	var floor_mesh: MeshInstance3D = Looks.box(Vector3(side, 0.2, side), Looks.FLOOR)
	floor_mesh.material_override = Looks.tiles()
	floor_mesh.position.y = -0.1
	add_child(floor_mesh)
	var outer: float = PartyRoom.HALF + PartyRoom.WALL_THICKNESS / 2.0
	for sign: float in [-1.0, 1.0]:
		for along: Vector3 in [Vector3.RIGHT, Vector3.BACK]:
			var size: Vector3 = Vector3(PartyRoom.WALL_THICKNESS, 0.9, PartyRoom.WALL_THICKNESS)
			size += Vector3(along.z, 0.0, along.x) * (side + PartyRoom.WALL_THICKNESS)
			var wall: MeshInstance3D = Looks.box(size, Looks.WALL)
			wall.position = along * sign * outer + Vector3.UP * 0.45
			add_child(wall)
	for i: int in PartyRoom.MOST_PILLARS:
		var pillar: MeshInstance3D = Looks.cylinder(PartyRoom.PILLAR_RADIUS, 1.4, Looks.PILLAR)
		add_child(pillar)
		_pillars.append(pillar)
	var links: MeshInstance3D = MeshInstance3D.new()
	links.mesh = _links
	links.material_override = Looks.glow()
	links.cast_shadow = GeometryInstance3D.SHADOW_CASTING_SETTING_OFF
	add_child(links)


func _build_light() -> void:
	var sun: DirectionalLight3D = DirectionalLight3D.new()
	sun.rotation_degrees = Vector3(-56.0, 38.0, 0.0)
	sun.light_energy = 0.85
	sun.light_color = Color(1.0, 0.96, 0.9)
	sun.shadow_enabled = true
	sun.shadow_blur = 1.5
	sun.directional_shadow_mode = DirectionalLight3D.SHADOW_ORTHOGONAL
	sun.directional_shadow_max_distance = 45.0
	add_child(sun)
	var environment: Environment = Environment.new()
	environment.background_mode = Environment.BG_COLOR
	environment.background_color = Looks.SKY
	environment.ambient_light_source = Environment.AMBIENT_SOURCE_COLOR
	environment.ambient_light_color = Color(0.82, 0.87, 1.0)
	environment.ambient_light_energy = 0.42
	var holder: WorldEnvironment = WorldEnvironment.new()
	holder.environment = environment
	add_child(holder)


func _build_camera() -> void:
	var camera: Camera3D = Camera3D.new()
	camera.fov = 46.0
	add_child(camera)
	camera.position = Vector3(0.0, 15.5, 14.5)
	camera.look_at(arena.global_position + Vector3(0.0, 0.0, 0.9))
	camera.make_current()


func _build_score() -> void:
	var screen: CanvasLayer = CanvasLayer.new()
	add_child(screen)
	_score = Label.new()
	_score.add_theme_font_size_override("font_size", 26)
	_score.add_theme_color_override("font_color", Color(0.93, 0.95, 0.98))
	_score.add_theme_color_override("font_outline_color", Color(0.05, 0.07, 0.1))
	_score.add_theme_constant_override("outline_size", 8)
	_score.set_anchors_and_offsets_preset(
		Control.PRESET_CENTER_TOP, Control.PRESET_MODE_MINSIZE, 14
	)
	_score.grow_horizontal = Control.GROW_DIRECTION_BOTH
	screen.add_child(_score)
