class_name UIMenuPlan
extends RefCounted
## A menu as drawn from an episode's seed: its pages, what is on them and where, and where the
## planted bugs are. UIMenu makes it visible; the tester never sees it.

## Pixels of the main panel and of the quick one.
const MAIN_SIZE: Vector2 = Vector2(1024.0, 768.0)
const QUICK_SIZE: Vector2 = Vector2(512.0, 448.0)
## Where the rows of a page begin and the height of one; the way back has the last one.
const TOP: float = 128.0
const ROW: float = 132.0

## Page -> title, in the order in which they are opened.
var titles: Dictionary[String, String] = {}
## Page -> what is on it.
var pages: Dictionary[String, Array] = {}
var first_page: String = ""
var size: Vector2 = MAIN_SIZE
## Bug -> "page/name" of the entry that it strikes; "page_trap" -> a page's name.
var bugs: Dictionary[String, String] = {}


## Draws the main menu with [param share] of the pages that it can have, in [0, 1].
static func draw_main(rng: RandomNumberGenerator, share: float) -> UIMenuPlan:
	var plan: UIMenuPlan = UIMenuPlan.new()
	plan.first_page = UIMenuCatalogue.FIRST_PAGE
	plan.titles[plan.first_page] = UIMenuCatalogue.TITLES[plan.first_page]
	var most: int = UIMenuCatalogue.TITLES.size()
	var count: int = clampi(roundi(lerpf(2.0, most, share)), 2, most)
	while plan.titles.size() < count:
		var open: PackedStringArray = plan._find_open()
		var page: String = open[rng.randi_range(0, open.size() - 1)]
		plan.titles[page] = UIMenuCatalogue.TITLES[page]
	for page: String in plan.titles:
		plan._fill(page, rng)
	return plan


## Draws the small panel beside it: one page that is always there.
static func draw_quick(rng: RandomNumberGenerator) -> UIMenuPlan:
	var plan: UIMenuPlan = UIMenuPlan.new()
	plan.size = QUICK_SIZE
	plan.first_page = "quick"
	plan.titles["quick"] = "Quick"
	var entries: Array[UIMenuEntry] = UIMenuCatalogue.entries("quick")
	_shuffle(entries, rng)
	for i: int in entries.size():
		var height: float = rng.randf_range(56.0, 66.0)
		var width: float = rng.randf_range(300.0, 400.0)
		var room: float = QUICK_SIZE.x - width - 40.0
		entries[i].rect = Rect2(20.0 + rng.randf() * room, 96.0 + 96.0 * i, width, height)
	plan.pages["quick"] = entries
	return plan


## The entry [param name] of [param page]; null: there is none.
func find(page: String, name: String) -> UIMenuEntry:
	for entry: UIMenuEntry in pages.get(page, []):
		if entry.name == name:
			return entry
	return null


# Pages that the catalogue can add: their parents are there and they are not.
func _find_open() -> PackedStringArray:
	var open: PackedStringArray = []
	for page: String in UIMenuCatalogue.PARENTS:
		if titles.has(UIMenuCatalogue.PARENTS[page]) and not titles.has(page):
			open.append(page)
	return open


# Puts the page's entries into a grid of two columns, shuffled and jittered, the way back below.
func _fill(page: String, rng: RandomNumberGenerator) -> void:
	var entries: Array[UIMenuEntry] = UIMenuCatalogue.entries(page)
	for child: String in titles:
		if UIMenuCatalogue.PARENTS.get(child, "") == page:
			entries.append(UIMenuCatalogue.opener(child))
	_shuffle(entries, rng)
	var cells: Array[int] = [0, 1, 2, 3, 4, 5, 6, 7]
	for i: int in entries.size():
		var cell: int = cells.pop_at(rng.randi_range(0, cells.size() - 1))
		entries[i].rect = _draw_rect(cell, rng)
	if page != first_page:
		var back: UIMenuEntry = UIMenuEntry.new(UIMenuEntry.Kind.BACK, "back", "Back")
		var width: float = rng.randf_range(170.0, 260.0)
		var left: float = rng.randf_range(24.0, 460.0 - width)
		back.rect = Rect2(left, TOP + 4.0 * ROW + 22.0, width, rng.randf_range(64.0, 76.0))
		entries.append(back)
	pages[page] = entries


func _draw_rect(cell: int, rng: RandomNumberGenerator) -> Rect2:
	var column: int = cell % 2
	var row: int = floori(cell / 2.0)
	var extent: Vector2 = Vector2(rng.randf_range(320.0, 440.0), rng.randf_range(64.0, 92.0))
	var room: Vector2 = Vector2(488.0, ROW) - extent
	var corner: Vector2 = Vector2(20.0 + 496.0 * column, TOP + ROW * row)
	return Rect2(corner + Vector2(rng.randf() * room.x, room.y * rng.randf_range(0.4, 1.0)), extent)


# Array.shuffle() draws from the engine's own numbers.
static func _shuffle(entries: Array[UIMenuEntry], rng: RandomNumberGenerator) -> void:
	for i: int in range(entries.size() - 1, 0, -1):
		var j: int = rng.randi_range(0, i)
		var other: UIMenuEntry = entries[j]
		entries[j] = entries[i]
		entries[i] = other
