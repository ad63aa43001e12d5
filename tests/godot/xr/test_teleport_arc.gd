extends GodotTestCase
## The arc of an aimed teleport.

const TeleportArc := preload("res://addons/godot_rl/xr/teleport_arc.gd")


func test_it_leads_from_the_hand_to_the_place() -> void:
	var carrier: Node3D = Node3D.new()
	carrier.position = Vector3(3.0, 1.0, -2.0)
	add_child(carrier)
	var arc: TeleportArc = TeleportArc.new()
	carrier.add_child(arc)
	check(not arc.visible, "it shows before anything is aimed")
	var hand: Vector3 = Vector3(0.2, 1.1, 0.0)
	var place: Vector3 = Vector3(0.5, 0.0, -3.0)
	arc.aim(hand, place, true)
	check(arc.visible, "it does not show")
	var first: Vector3 = TeleportArc.dash(hand, place, 0).origin
	var last: Vector3 = TeleportArc.dash(hand, place, TeleportArc.DASHES - 1).origin
	check(first.distance_to(hand) < 0.15, "first dash at %s" % first)
	check(last.distance_to(place) < 0.2, "last dash at %s" % last)
	var ring: Vector3 = arc._marker.global_position
	check(ring.distance_to(place) < 0.05, "ring at %s" % ring)
	var top: float = 0.0
	for i: int in TeleportArc.DASHES:
		top = maxf(top, TeleportArc.dash(hand, place, i).origin.y)
	check(top > hand.y + 0.05 and top < hand.y + 1.0, "top at %.2f m" % top)
	arc.rest()
	check(not arc.visible, "it shows at rest")


func test_the_colour_tells_whether_one_may_land() -> void:
	var arc: TeleportArc = TeleportArc.new()
	add_child(arc)
	arc.aim(Vector3.UP, Vector3.FORWARD, true)
	check_equal(arc._material.albedo_color, TeleportArc.VALID, "valid")
	arc.aim(Vector3.UP, Vector3.FORWARD, false)
	check_equal(arc._material.albedo_color, TeleportArc.INVALID, "invalid")


func test_a_way_without_length_or_straight_down_is_drawn() -> void:
	for i: int in TeleportArc.DASHES:
		check(TeleportArc.dash(Vector3.UP, Vector3.UP, i).is_finite(), "no way, dash %d" % i)
		var down: Transform3D = TeleportArc.dash(Vector3.UP * 2.0, Vector3.ZERO, i)
		check(down.is_finite(), "straight down, dash %d" % i)
