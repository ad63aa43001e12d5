class_name UIStage
extends Node3D
## The two panels with their menus: the main one before the player, a small one at a side. What is
## on them, where they hang and what is set is drawn from an episode's seed.
##
## The controller calls build() when an episode begins, the player advance() as time passes. It
## knows no hand and no agent.

## The menus were built anew.
signal built

const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")

## Where the main panel's middle hangs at first, and where it may be dragged to, m.
const MAIN_PLACES: AABB = AABB(Vector3(-0.15, 1.4, -2.1), Vector3(0.3, 0.25, 0.4))
const MAIN_LIMITS: AABB = AABB(Vector3(-0.3, 1.25, -2.3), Vector3(0.6, 0.6, 0.8))
## The same of the small one where it hangs at the right.
const QUICK_PLACES: AABB = AABB(Vector3(1.45, 1.3, -1.25), Vector3(0.15, 0.25, 0.15))
const QUICK_LIMITS: AABB = AABB(Vector3(1.4, 1.15, -1.35), Vector3(0.3, 0.6, 0.35))
## Panels face a place at this height over the origin, and are turned away from it by up to so much,
## rad.
const LARGEST_TURN: float = 0.12
## Makes a person's settings a file of their own.
const SETTINGS_FILE: String = "user://ui_interaction.cfg"

@export var main_panel: UIPanel
@export var quick_panel: UIPanel

var settings: UIMenuSettings = UIMenuSettings.new()
## The menus; null before the first build.
var main_menu: UIMenu
var quick_menu: UIMenu


## Draws menus, places and settings from [param rng]; [param share] of the pages that the main menu
## can have, in [0, 1]; [param bugs] of UIMenuBugs.NAMES are planted. [param is_kept]: the settings
## are those that a person has left in a file, where there is one.
func build(
	rng: RandomNumberGenerator, share: float, bugs: PackedStringArray, is_kept: bool = false
) -> void:
	settings.draw(rng)
	if is_kept:
		settings.load_from(SETTINGS_FILE)
	var plan: UIMenuPlan = UIMenuPlan.draw_main(rng, share)
	var quick: UIMenuPlan = UIMenuPlan.draw_quick(rng)
	UIMenuBugs.plant(plan, bugs, rng)
	var side: float = -1.0 if rng.randf() < 0.5 else 1.0
	_place(main_panel, MAIN_PLACES, MAIN_LIMITS, 1.0, rng)
	_place(quick_panel, QUICK_PLACES, QUICK_LIMITS, side, rng)
	main_menu = _fill(main_panel, main_menu, plan)
	quick_menu = _fill(quick_panel, quick_menu, quick)
	built.emit()


## Lets [param ticks] physics ticks pass.
func advance(ticks: int) -> void:
	main_menu.advance(ticks)
	quick_menu.advance(ticks)


## Writes the settings to a person's file.
func keep_settings() -> void:
	settings.save_to(SETTINGS_FILE)


func _fill(panel: UIPanel, old: UIMenu, plan: UIMenuPlan) -> UIMenu:
	if old != null:
		old.free()
	var menu: UIMenu = UIMenu.new(plan, settings)
	panel.viewport.add_child(menu)
	return menu


func _place(
	panel: UIPanel, places: AABB, limits: AABB, side: float, rng: RandomNumberGenerator
) -> void:
	var share: Vector3 = Vector3(rng.randf(), rng.randf(), rng.randf())
	var place: Vector3 = places.position + places.size * share
	place.x *= side
	if side < 0.0:
		limits.position.x = -limits.end.x
	panel.limits = limits
	var turn: float = atan2(-place.x, -place.z) + rng.randf_range(-LARGEST_TURN, LARGEST_TURN)
	panel.transform = Transform3D(Basis(Vector3.UP, turn), place)
