extends RefCounted
## What a player can see and use on one UIPanel: its elements, which page it shows, and a
## fingerprint of all that can be read.
##
## A tester makes one for a panel, calls scan() when the interface was built, then read() whenever
## the pointer has moved. It looks at Controls as the engine knows them (buttons, sliders, labels)
## and at nothing of the game's code, so it works for any menu. It changes nothing.

const UIElement := preload("res://addons/godot_rl/ui_testing/ui_element.gd")
const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")

## Name of the element that stands for the panel's bar.
const BAR_ID: String = "bar"

var panel: UIPanel
## The elements that are visible now, in the order in which they are drawn; the bar is the last.
var visible: Array[UIElement] = []
## Path below the viewport of what holds all of them: the page. Two pages are told apart where each
## stands in a container of its own, as usual.
var page: String = ""
## Every element, visible or not.
var elements: Array[UIElement] = []

var _labels: Array[Label] = []
var _bar: UIElement
# The numbers of the visible elements -> page, and page -> those with which it was seen first.
var _pages: Dictionary[PackedInt32Array, String] = {}
var _keys: Dictionary[String, PackedInt32Array] = {}


func _init(of: UIPanel) -> void:
	panel = of


## Looks for the elements: call it when the interface was built or has changed its nodes.
func scan() -> void:
	elements.clear()
	_labels.clear()
	_pages.clear()
	_keys.clear()
	for node: Node in panel.viewport.find_children("*", "Control", true, false):
		if node is BaseButton or node is Slider:
			elements.append(UIElement.new(node as Control, panel.viewport))
		elif node is Label:
			_labels.append(node)
	_bar = null
	if panel.bar_height > 0.0:
		_bar = UIElement.new()
		_bar.id = BAR_ID
		_bar.is_enabled = true
		elements.append(_bar)


## Reads what is visible now.
func read() -> void:
	var hovered: Control = panel.get_hovered()
	visible.clear()
	var key: PackedInt32Array = []
	for i: int in elements.size():
		var element: UIElement = elements[i]
		if element == _bar:
			_read_bar()
		elif not element.control.is_visible_in_tree():
			continue
		else:
			key.append(i)
			element.read(hovered)
		visible.append(element)
	if not _pages.has(key):
		_pages[key] = _find_page(key)
	page = _pages[key]


## The visible element that is drawn topmost at [param pixels]; null: none.
func find_at(pixels: Vector2) -> UIElement:
	for i: int in range(visible.size() - 1, -1, -1):
		if visible[i] != _bar and visible[i].rect.has_point(pixels):
			return visible[i]
	return null


## The element [param id]; null: none of that name.
func find(id: String) -> UIElement:
	for element: UIElement in elements:
		if element.id == id:
			return element
	return null


## All that can be read now, as one number: page, states of the visible elements, texts. What the
## pointer only passes over does not count.
func fingerprint() -> int:
	var all: Array = []
	for element: UIElement in elements:
		if element == _bar or not element.control.is_visible_in_tree():
			continue
		all.append(element.id)
		all.append(element.read_state())
	for label: Label in _labels:
		if label.is_visible_in_tree():
			all.append(label.text)
	return all.hash()


func _read_bar() -> void:
	var bar: Rect2 = panel.get_bar()
	var top_left: Vector2 = panel.to_pixels(Vector2(bar.position.x, bar.end.y))
	_bar.rect = Rect2(top_left, panel.to_pixels(Vector2(bar.end.x, bar.position.y)) - top_left)
	_bar.state = panel.position


# The path of the deepest node that holds all visible elements. Where two sets of elements have
# the same (a bar of tabs stands beside every page), they are one page if they share most elements.
func _find_page(key: PackedInt32Array) -> String:
	var shared: String = _find_holder()
	var name: String = shared
	var number: int = 1
	while _keys.has(name) and not _is_alike(_keys[name], key):
		number += 1
		name = "%s#%d" % [shared, number]
	if not _keys.has(name):
		_keys[name] = key
	return name


func _find_holder() -> String:
	var shared: PackedStringArray = []
	var is_first: bool = true
	for element: UIElement in visible:
		if element == _bar:
			continue
		var path: PackedStringArray = element.id.split("/")
		path.resize(path.size() - 1)
		if is_first:
			shared = path
			is_first = false
		var same: int = 0
		while same < mini(shared.size(), path.size()) and shared[same] == path[same]:
			same += 1
		shared.resize(same)
	return "/".join(shared)


static func _is_alike(one: PackedInt32Array, other: PackedInt32Array) -> bool:
	var both: int = 0
	for index: int in one:
		both += int(index in other)
	return 2 * both >= one.size() + other.size() - both
