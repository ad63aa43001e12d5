extends RefCounted
## What a tester knows of one panel's interface: its pages, how they hang together, what was used
## and what is left to do. It draws the map from what it sees; nobody gives it one.
##
## UITester tells it what is visible (look) and what a use did (answered, stayed, led). It says
## what to do next (is_to_do), whether all is done, and what is wrong (found). It touches nothing.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

## Something is wrong: a finding's kind, message and data.
signal found(kind: String, message: String, data: Dictionary)

const UIElement := preload("res://addons/godot_rl/ui_testing/ui_element.gd")
const UIReader := preload("res://addons/godot_rl/ui_testing/ui_reader.gd")
const UIRecord := preload("res://addons/godot_rl/ui_testing/ui_record.gd")
const UIRoute := preload("res://addons/godot_rl/ui_testing/ui_route.gd")

## Full uses without an answer after which an element is reported.
const PATIENCE: int = 2

## Page -> element's id -> UIRecord. The bar has one record, on all pages.
var pages: Dictionary[String, Dictionary] = {}
## Page -> clicks that it takes from the first page.
var depths: Dictionary[String, int] = {}
## The page that is shown; "" before the first look.
var page: String = ""
## Elements that answered, settings that were found kept, settings known; since the beginning.
var tested: int = 0
var kept: int = 0
## Elements seen enabled.
var known: int = 0
## The page cannot be left and nothing is left to do on it.
var is_trapped: bool = false

var _reader: UIReader
var _bar: UIRecord
var _last_used: UIRecord
# The records of the page that is shown.
var _here: Dictionary = {}
var _to_do: Dictionary[String, bool] = {}
var _is_stale: bool = true
var _is_complete: bool = false
# Something was learnt since the exits of the page were looked at.
var _has_news: bool = false


func _init(reader: UIReader) -> void:
	_reader = reader


## Forgets everything.
func begin() -> void:
	pages.clear()
	depths.clear()
	_here = {}
	_bar = null
	_to_do.clear()
	page = ""
	_last_used = null
	tested = 0
	kept = 0
	known = 0
	is_trapped = false
	_is_stale = true
	_is_complete = false


## Takes in what the reader has read. [param is_held]: the player holds an element now.
func look(is_held: bool) -> void:
	if _reader.page != page or pages.is_empty():
		_leave_page()
		_enter_page(_reader.page)
	for element: UIElement in _reader.visible:
		var record: UIRecord = _here.get(element.id)
		if record == null:
			record = _add_record(element)
		if element.is_enabled and not record.is_usable:
			record.is_usable = true
			known += 1
			_is_stale = true
		if record.is_setting and not is_held:
			_look_at_setting(element, record)


## The player used [param element], on the page [param from], and something changed. [param before]:
## its own state before.
func answered(element: UIElement, from: String, before: Variant) -> void:
	var record: UIRecord = pages[from][element.id]
	_last_used = record
	_is_stale = true
	if not record.is_tested:
		record.is_tested = true
		tested += 1
	if element.kind == UIElement.RLKind.BAR:
		return
	var now: Variant = element.read_state()
	record.is_setting = record.is_setting or not UIRecord.is_near(now, before)
	record.chosen_state = now


## The player used [param element], on the page [param from], for other reasons than a test.
func touched(element: UIElement, from: String) -> void:
	var record: UIRecord = pages[from][element.id]
	_last_used = record
	_is_stale = true
	if element.kind != UIElement.RLKind.BAR:
		record.chosen_state = element.read_state()


## The player used [param element], on the page [param from], which is still shown, and the time
## for an answer is over. [param is_answered]: something has changed, as answered() told.
## [param is_covered]: something else took the click.
func stayed(element: UIElement, from: String, is_answered: bool, is_covered: bool) -> void:
	var record: UIRecord = pages[from][element.id]
	_last_used = record
	_is_stale = true
	if is_covered and not is_answered:
		record.covered += 1
		if record.covered >= PATIENCE:
			_report_covered(record)
		return
	record.stays += 1
	record.unanswered += int(not is_answered)
	if not record.is_tested and record.unanswered >= PATIENCE:
		_report_dead(element, record)
	_check_navigation(record)


## A click on [param element], on the page [param from], has led to the page that is shown now.
func led(element: UIElement, from: String) -> void:
	var record: UIRecord = pages[from][element.id]
	record.leads[_reader.page] = record.leads.get(_reader.page, 0) + 1
	if not depths.has(_reader.page):
		depths[_reader.page] = depths.get(from, 0) + 1
	_is_stale = true
	_check_navigation(record)


## Whether [param id] was seen on the page [param on].
func knows(on: String, id: String) -> bool:
	return pages.has(on) and pages[on].has(id)


## Whether the player should use the element [param id] next: it is untested, or it leads towards
## something that is.
func is_to_do(id: String) -> bool:
	_plan()
	return _to_do.has(id)


## Whether nothing is left to do anywhere.
func is_complete() -> bool:
	_plan()
	return _is_complete


## Reports the page if everything on it was used and nothing leads away. To be asked when no use
## waits for its answer.
func check_exit() -> void:
	_has_news = _has_news or _is_stale
	if is_trapped or pages.size() < 2 or not _has_news:
		return
	_has_news = false
	for record: UIRecord in _here.values():
		if record.needs_use() or record.may_lead(PATIENCE) or UIRoute.leads_off(record, page):
			return
	is_trapped = true
	found.emit(
		"page_without_exit",
		"page '%s': everything on it was used and nothing leads away" % page,
		{"page": page, "elements": _here.keys()}
	)


## Depth of the page that is shown.
func depth() -> int:
	return depths.get(page, 0)


## Settings known.
func count_settings() -> int:
	var count: int = 0
	for records: Dictionary in pages.values():
		for record: UIRecord in records.values():
			count += int(record.is_setting)
	return count


func _leave_page() -> void:
	for record: UIRecord in _here.values():
		record.awaits_return = record.needs_return()


func _enter_page(entered: String) -> void:
	page = entered
	_is_stale = true
	if not pages.has(page):
		pages[page] = {}
		if depths.is_empty():
			depths[page] = 0
	_here = pages[page]
	for element: UIElement in _reader.visible:
		var record: UIRecord = _here.get(element.id)
		if record == null:
			record = _add_record(element)
		if record.awaits_return:
			record.awaits_return = false
			if UIRecord.is_near(element.state, record.chosen_state):
				record.is_kept = true
				kept += 1
			else:
				_report_lost(element, record, "when the page was visited again")
		record.found_state = element.state
		record.chosen_state = element.state


func _add_record(element: UIElement) -> UIRecord:
	var is_bar: bool = element.kind == UIElement.RLKind.BAR
	var record: UIRecord = _bar if is_bar and _bar != null else UIRecord.new()
	if is_bar:
		_bar = record
	record.id = element.id
	record.is_button = element.kind == UIElement.RLKind.BUTTON
	record.found_state = element.state
	record.chosen_state = element.state
	_here[element.id] = record
	_is_stale = true
	return record


# A setting shows something else than what was chosen. After the use of another element that may be
# meant; after its own it is not.
func _look_at_setting(element: UIElement, record: UIRecord) -> void:
	if UIRecord.is_near(element.state, record.chosen_state):
		return
	if _last_used == record and not record.is_lost:
		_report_lost(element, record, "though nothing else was used")
	record.chosen_state = element.state
	_is_stale = true


func _report_lost(element: UIElement, record: UIRecord, when: String) -> void:
	record.is_lost = true
	_is_stale = true
	found.emit(
		"setting_lost",
		"'%s' holds something else than what was chosen, %s" % [record.id, when],
		{"element": record.id, "page": page, "set": record.chosen_state, "held": element.state}
	)


func _report_covered(record: UIRecord) -> void:
	if record.is_given_up:
		return
	record.is_given_up = true
	found.emit(
		"covered_element",
		"'%s' can be seen, but something else takes its clicks" % record.id,
		{"element": record.id, "page": page}
	)


func _report_dead(element: UIElement, record: UIRecord) -> void:
	if record.is_given_up:
		return
	record.is_given_up = true
	found.emit(
		"dead_element",
		"'%s' does not answer: its uses changed nothing" % record.id,
		{"element": record.id, "page": page, "uses": record.unanswered, "kind": _kind(element)}
	)


# An element leads to the same page each time.
func _check_navigation(record: UIRecord) -> void:
	var outcomes: int = record.leads.size() + int(record.stays > 0)
	if record.is_inconsistent or record.leads.is_empty() or outcomes < 2:
		return
	record.is_inconsistent = true
	found.emit(
		"inconsistent_navigation",
		"'%s' does not lead to the same page each time" % record.id,
		{"element": record.id, "leads": record.leads.keys(), "nowhere": record.stays}
	)


func _plan() -> void:
	if not _is_stale or page.is_empty():
		return
	_is_stale = false
	_has_news = true
	_to_do.clear()
	for record: UIRecord in _here.values():
		if record.needs_use():
			_to_do[record.id] = true
	# A setting on the only page that there is can be left by nobody.
	_is_complete = _to_do.is_empty() and (pages.size() < 2 or not UIRoute.is_open_anywhere(pages))
	if _to_do.is_empty() and not _is_complete:
		for id: String in UIRoute.steps(pages, page, PATIENCE):
			_to_do[id] = true


static func _kind(element: UIElement) -> String:
	return (UIElement.RLKind.find_key(element.kind) as String).to_lower()
