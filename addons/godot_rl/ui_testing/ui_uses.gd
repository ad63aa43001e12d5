extends RefCounted
## Follows what a pointer does to one panel (clicks, drags of sliders, drags of the panel) and
## judges whether the interface answered: UITester's eyes for cause and effect.
##
## A click counts where trigger went down and up on the same enabled element. It has
## [member patience] looks to change something that can be read. Clicks on an element that still
## waits for its answer belong to the same use. It tells the journal; it knows no game.

const UIElement := preload("res://addons/godot_rl/ui_testing/ui_element.gd")
const UIJournal := preload("res://addons/godot_rl/ui_testing/ui_journal.gd")
const UIPanel := preload("res://addons/godot_rl/xr/ui_panel.gd")
const UIReader := preload("res://addons/godot_rl/ui_testing/ui_reader.gd")

## A slider is tested by a drag over this share of its length, in which its value follows.
const DRAG_SHARE: float = 0.25
## The value's share that has to follow such a drag at least.
const FOLLOW_SHARE: float = 0.1
## A panel is tested by a drag of this many metres.
const CARRY_DISTANCE: float = 0.1

## Looks after a use within which an answer counts.
var patience: int = 6
## The element that the trigger or the grip holds; null: none.
var held: UIElement
## Clicks on elements, presses that met none, and the sum of the distances from the clicked
## elements' centres, m; since the beginning.
var clicks: int = 0
var misses: int = 0
var error_sum: float = 0.0

var _reader: UIReader
var _journal: UIJournal
var _was_enabled: bool = false
var _is_covered: bool = false
# Of what is held: its state before, the page, and how far pointer and value went.
var _state_before: Variant = null
var _page_before: String = ""
var _print_before: int = 0
var _pointer_span: Vector2 = Vector2.ZERO
var _value_span: Vector2 = Vector2.ZERO
# The use that waits for its answer.
var _waiting: UIElement
var _waiting_state: Variant = null
var _waiting_page: String = ""
var _waiting_print: int = 0
var _waiting_is_covered: bool = false
var _is_answered: bool = false
var _was_taken: bool = false
var _looks_left: int = 0


func _init(reader: UIReader, journal: UIJournal) -> void:
	_reader = reader
	_journal = journal


## Forgets everything.
func begin() -> void:
	held = null
	_waiting = null
	clicks = 0
	misses = 0
	error_sum = 0.0


## Whether a use waits for its answer.
func is_waiting() -> bool:
	return _waiting != null


## How far the panel was carried since the grip took it, as a share of what a test takes, in [0, 1].
func carried() -> float:
	if held == null or held.kind != UIElement.RLKind.BAR:
		return 0.0
	var from: Vector3 = _state_before
	return minf(from.distance_to(_reader.panel.position) / CARRY_DISTANCE, 1.0)


## The trigger is about to go down at [param pixels].
func press(pixels: Vector2) -> void:
	_reader.read()
	held = _reader.find_at(pixels)
	if held == null:
		misses += 1
		return
	clicks += 1
	var centre: Vector2 = _reader.panel.from_pixels(held.rect.get_center())
	error_sum += centre.distance_to(_reader.panel.from_pixels(pixels))
	_was_enabled = held.is_enabled
	var hovered: Control = _reader.panel.get_hovered()
	_is_covered = hovered != held.control and not _belongs(hovered, held.control)
	_state_before = held.state
	_page_before = _reader.page
	_print_before = _reader.fingerprint()
	_pointer_span = Vector2(_along(pixels), _along(pixels))
	_value_span = Vector2(held.level(), held.level())


## The grip took the panel by its bar.
func grab(bar: UIElement) -> void:
	held = bar
	_was_enabled = true
	_state_before = _reader.panel.position
	_page_before = _reader.page


## The panel has been told where the pointer is that holds the trigger on it.
func follow() -> void:
	if held != null and held.kind == UIElement.RLKind.SLIDER:
		_follow_drag()


## The trigger went up at [param pixels].
func release(pixels: Vector2) -> void:
	if held == null or held.kind == UIElement.RLKind.BAR:
		return
	var element: UIElement = held
	held = null
	if not _was_enabled or not _journal.knows(_page_before, element.id):
		return
	if element.kind == UIElement.RLKind.SLIDER:
		_judge_drag(element)
	elif element.rect.has_point(pixels):
		_wait_for(element)


## The grip let the panel go.
func drop() -> void:
	if held == null:
		return
	var from: Vector3 = _state_before
	var bar: UIElement = held
	held = null
	if not _journal.knows(_page_before, bar.id):
		return
	if from.distance_to(_reader.panel.position) >= CARRY_DISTANCE:
		_journal.answered(bar, _page_before, from)


## Looks whether what waits has been answered; the reader has read.
func look() -> void:
	if _waiting == null:
		return
	_looks_left -= 1
	if not _is_answered and _reader.fingerprint() != _waiting_print:
		_is_answered = true
		_journal.answered(_waiting, _waiting_page, _waiting_state)
	if _reader.page != _waiting_page:
		_journal.led(_waiting, _waiting_page)
		_waiting = null
		return
	_was_taken = _was_taken or not _waiting.is_enabled
	# An interface that was shut and is open again has done what it was told.
	if _looks_left <= 0 or (_was_taken and _waiting.is_enabled):
		_journal.stayed(_waiting, _waiting_page, _is_answered, _waiting_is_covered)
		_waiting = null


func _wait_for(element: UIElement) -> void:
	if _waiting == element and not _is_answered:
		return
	if _waiting != null and not _is_answered and _reader.fingerprint() != _waiting_print:
		_journal.answered(_waiting, _waiting_page, _waiting_state)
	elif _waiting == element:
		# Who uses it again has seen that it led nowhere.
		_journal.stayed(_waiting, _waiting_page, true, false)
	_waiting = element
	_waiting_state = _state_before
	_waiting_page = _page_before
	_waiting_print = _print_before
	_waiting_is_covered = _is_covered
	_is_answered = false
	_was_taken = false
	_looks_left = patience


func _follow_drag() -> void:
	var at: float = _along(_reader.panel.pointer)
	_pointer_span = Vector2(minf(_pointer_span.x, at), maxf(_pointer_span.y, at))
	var value: float = held.read_state()
	_value_span = Vector2(minf(_value_span.x, value), maxf(_value_span.y, value))


# A slider follows the pointer, and ends elsewhere than it began.
func _judge_drag(element: UIElement) -> void:
	held = element
	_follow_drag()
	held = null
	var went: float = _pointer_span.y - _pointer_span.x
	var followed: float = _value_span.y - _value_span.x
	var now: float = element.read_state()
	var before: float = _state_before
	if went >= DRAG_SHARE and followed >= FOLLOW_SHARE and absf(now - before) > 0.02:
		_journal.answered(element, _page_before, before)
	elif _is_covered and followed == 0.0:
		_journal.stayed(element, _page_before, false, true)
	elif went >= DRAG_SHARE and followed == 0.0:
		_journal.stayed(element, _page_before, false, false)
	else:
		_journal.touched(element, _page_before)


# Share of the held slider's length at which [param pixels] are, in [0, 1].
func _along(pixels: Vector2) -> float:
	var share: Vector2 = (pixels - held.rect.position) / held.rect.size
	return clampf(share.x if held.rect.size.x >= held.rect.size.y else share.y, 0.0, 1.0)


# Whether one of the two is a part of the other.
static func _belongs(one: Control, other: Control) -> bool:
	return one != null and (one.is_ancestor_of(other) or other.is_ancestor_of(one))
