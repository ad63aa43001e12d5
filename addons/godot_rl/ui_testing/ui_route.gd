extends RefCounted
## Where to go on a tester's map: static functions for UIJournal, which read its records and change
## nothing.

const UIRecord := preload("res://addons/godot_rl/ui_testing/ui_record.gd")


## The elements of [param page], on which nothing is left to do but to come back, that are the first
## step of a shortest known way to another page with something to do. Where there is no such way:
## those that lead off the page at all, since who has changed a setting leaves in order to come
## back; and where nothing is known to, buttons that may: all that were not used [param uses] times.
static func steps(
	pages: Dictionary[String, Dictionary], page: String, uses: int
) -> PackedStringArray:
	var target: String = _nearest_open(pages, page)
	var found: PackedStringArray = []
	for record: UIRecord in pages[page].values():
		if leads_off(record, page) and (target.is_empty() or record.leads.has(target)):
			found.append(record.id)
	if found.is_empty():
		for record: UIRecord in pages[page].values():
			if record.may_lead(uses):
				found.append(record.id)
	return found


## Whether any page has something to do.
static func is_open_anywhere(pages: Dictionary[String, Dictionary]) -> bool:
	return pages.values().any(_is_open)


## Whether a click of [param record] is known to lead to another page than [param page].
static func leads_off(record: UIRecord, page: String) -> bool:
	return not record.leads.is_empty() and not (record.leads.size() == 1 and record.leads.has(page))


# The neighbour of the page on the way to the nearest page with something to do; "": there is none.
static func _nearest_open(pages: Dictionary[String, Dictionary], page: String) -> String:
	var first_steps: Dictionary[String, String] = {page: ""}
	var queue: PackedStringArray = [page]
	var next: int = 0
	while next < queue.size():
		var at: String = queue[next]
		next += 1
		if at != page and _is_open(pages[at]):
			return first_steps[at]
		for record: UIRecord in pages[at].values():
			for target: String in record.leads:
				if pages.has(target) and not first_steps.has(target):
					first_steps[target] = target if at == page else first_steps[at]
					queue.append(target)
	return ""


static func _is_open(records: Dictionary) -> bool:
	for record: UIRecord in records.values():
		if record.needs_use() or record.needs_return():
			return true
	return false
