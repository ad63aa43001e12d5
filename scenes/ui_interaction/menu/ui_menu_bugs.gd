class_name UIMenuBugs
extends RefCounted
## The bugs that can be planted in the menu, to count who finds them; static functions only. Where
## each is, is drawn from the episode's seed. UIMenu acts on them; nothing else knows them.

## Buttons, toggles and choices: a click does nothing.
const DEAD_BUTTON: String = "bug_dead_button"
## A slider whose new value is not stored: the old one is back when the page is opened again.
const LOST_SETTING: String = "bug_lost_setting"
## A page without its way back.
const NO_WAY_BACK: String = "bug_no_way_back"
## Something that cannot be seen lies over an element and takes its clicks.
const HIDDEN_ELEMENT: String = "bug_hidden_element"
## A second click while a page opens opens it again: the way back has to be gone twice.
const DOUBLE_OPEN: String = "bug_double_open"
## All of them, each an environment parameter, 0 or 1.
const NAMES: PackedStringArray = [
	DEAD_BUTTON, LOST_SETTING, NO_WAY_BACK, HIDDEN_ELEMENT, DOUBLE_OPEN
]


## Draws for each bug where it would be in [param plan], and plants those of [param wanted]. The
## draws are the same whatever is planted.
static func plant(plan: UIMenuPlan, wanted: PackedStringArray, rng: RandomNumberGenerator) -> void:
	for bug: String in NAMES:
		var places: PackedStringArray = _find_places(plan, bug)
		var number: int = rng.randi()
		if not bug in wanted or places.is_empty():
			continue
		var place: String = places[number % places.size()]
		while place in plan.bugs.values() and plan.bugs.values().size() < places.size():
			number += 1
			place = places[number % places.size()]
		plan.bugs[bug] = place


## Whether [param bug] strikes the entry [param name] of [param page].
static func strikes(plan: UIMenuPlan, bug: String, page: String, name: String) -> bool:
	return plan.bugs.get(bug, "") == page + "/" + name


# "page/name" of every entry that the bug can strike.
static func _find_places(plan: UIMenuPlan, bug: String) -> PackedStringArray:
	var places: PackedStringArray = []
	for page: String in plan.pages:
		for entry: UIMenuEntry in plan.pages[page]:
			if _can_strike(plan, bug, page, entry):
				places.append(page + "/" + entry.name)
	return places


static func _can_strike(plan: UIMenuPlan, bug: String, page: String, entry: UIMenuEntry) -> bool:
	var kind: UIMenuEntry.Kind = entry.kind
	var is_used_there: bool = not kind in [UIMenuEntry.Kind.PAGE, UIMenuEntry.Kind.BACK]
	match bug:
		DEAD_BUTTON:
			return is_used_there and kind != UIMenuEntry.Kind.SLIDER
		LOST_SETTING:
			return kind == UIMenuEntry.Kind.SLIDER
		NO_WAY_BACK:
			return kind == UIMenuEntry.Kind.BACK and _is_leaf(plan, page)
		HIDDEN_ELEMENT:
			return is_used_there
	return kind == UIMenuEntry.Kind.PAGE


static func _is_leaf(plan: UIMenuPlan, page: String) -> bool:
	for entry: UIMenuEntry in plan.pages[page]:
		if entry.kind == UIMenuEntry.Kind.PAGE:
			return false
	return true
