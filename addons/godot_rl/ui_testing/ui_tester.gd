extends RefCounted
## Tests an interface on UIPanels as a player would use it: follows a UIPointer, keeps a journal for
## each panel, reports what is wrong. It does not act: an agent or a person does.
##
## A scene makes one with the pointer, calls begin() when the interface was built, and look() each
## time after the pointer has moved, at even intervals (a decision). What it reports it finds by
## looking at the Controls and at nothing of the game's code: dead_element, covered_element,
## setting_lost, page_without_exit, inconsistent_navigation.

## Something is wrong: a finding's kind, message and data.
signal found(kind: String, message: String, data: Dictionary)

const UIElement := preload("res://addons/godot_rl/ui_testing/ui_element.gd")
const UIJournal := preload("res://addons/godot_rl/ui_testing/ui_journal.gd")
const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")
const UIPointer := preload("res://addons/godot_rl/xr/ui_pointer.gd")
const UIReader := preload("res://addons/godot_rl/ui_testing/ui_reader.gd")
const UIUses := preload("res://addons/godot_rl/ui_testing/ui_uses.gd")

## One of each for each of the pointer's panels.
var readers: Array[UIReader] = []
var journals: Array[UIJournal] = []
var uses: Array[UIUses] = []
## Presses that were on no picture at all.
var misses: int = 0

var _pointer: UIPointer


func _init(pointer: UIPointer) -> void:
	_pointer = pointer
	for panel: UIPanel in pointer.panels:
		var reader: UIReader = UIReader.new(panel)
		var journal: UIJournal = UIJournal.new(reader)
		journal.found.connect(found.emit)
		readers.append(reader)
		journals.append(journal)
		uses.append(UIUses.new(reader, journal))
	follow(pointer)


## Follows [param pointer] too: another hand on the same panels.
func follow(pointer: UIPointer) -> void:
	pointer.pressed.connect(_on_pressed)
	pointer.dragged.connect(_on_dragged)
	pointer.released.connect(_on_released)
	pointer.grabbed.connect(_on_grabbed)
	pointer.dropped.connect(_on_dropped)
	pointer.missed.connect(_on_missed)


## Forgets what is held and what waits: the interface is about to be taken away.
func let_go() -> void:
	for watch: UIUses in uses:
		watch.begin()


## Forgets everything and looks at the interface as it is now.
func begin() -> void:
	misses = 0
	for i: int in readers.size():
		readers[i].scan()
		readers[i].read()
		uses[i].begin()
		journals[i].begin()
		journals[i].look(false)


## Looks at all panels: what is visible, what has answered.
func look() -> void:
	for i: int in readers.size():
		var watch: UIUses = uses[i]
		readers[i].read()
		watch.look()
		journals[i].look(watch.held != null or watch.is_waiting())
		if not watch.is_waiting():
			journals[i].check_exit()


## Whether everything on every panel was used, each page was reached and each setting looked at
## again, or reported.
func is_complete() -> bool:
	for journal: UIJournal in journals:
		if not journal.is_complete():
			return false
	return true


## Whether a page was reached that cannot be left.
func is_trapped() -> bool:
	for journal: UIJournal in journals:
		if journal.is_trapped:
			return true
	return false


## Whether the player should use [param element] of panel number [param index] next.
func is_to_do(index: int, element: UIElement) -> bool:
	return journals[index].is_to_do(element.id)


## The element that is held; null: none.
func get_held() -> UIElement:
	for watch: UIUses in uses:
		if watch.held != null:
			return watch.held
	return null


## Pages reached, elements that answered, settings found kept, elements and settings known, clicks
## and presses that met no element, and the sum of the clicks' distances from the centres, m.
func count() -> Dictionary[String, float]:
	var sums: Dictionary[String, float] = {"misses": misses}
	for i: int in journals.size():
		var journal: UIJournal = journals[i]
		_add(sums, "pages", journal.pages.size())
		_add(sums, "elements", journal.tested)
		_add(sums, "sequences", journal.kept)
		_add(sums, "clicks", uses[i].clicks)
		_add(sums, "misses", uses[i].misses)
		_add(sums, "error", uses[i].error_sum)
	return sums


static func _add(sums: Dictionary[String, float], name: String, value: float) -> void:
	sums[name] = sums.get(name, 0.0) + value


func _on_pressed(panel: UIPanel, pixels: Vector2) -> void:
	uses[_index_of(panel)].press(pixels)


func _on_dragged(panel: UIPanel, _pixels: Vector2) -> void:
	uses[_index_of(panel)].follow()


func _on_released(panel: UIPanel, pixels: Vector2) -> void:
	uses[_index_of(panel)].release(pixels)


func _on_grabbed(panel: UIPanel) -> void:
	var index: int = _index_of(panel)
	uses[index].grab(readers[index].find(UIReader.BAR_ID))


func _on_dropped(panel: UIPanel) -> void:
	uses[_index_of(panel)].drop()


func _on_missed() -> void:
	misses += 1


func _index_of(panel: UIPanel) -> int:
	return _pointer.panels.find(panel)
