class_name UIMenuEntry
extends RefCounted
## One thing on a page of the menu, as data: what it is, what it says, where it is. UIMenuCatalogue
## lists them, UIMenuPlan places them, UIMenu makes Controls of them.

enum Kind {
	PAGE,  ## Opens another page.
	BACK,  ## Opens the page before.
	ACTION,  ## Does something at once; the status line says what.
	TOGGLE,  ## A setting that is on or off.
	CHOICE,  ## A setting with a few values; a click takes the next one.
	SLIDER,  ## A setting in [0, 1].
}

var kind: Kind = Kind.ACTION
## Name of its Control, and of its setting.
var name: String = ""
var label: String = ""
## PAGE: the page that it opens.
var target: String = ""
## CHOICE: the values.
var options: PackedStringArray = []
## Where it is on its page, pixels.
var rect: Rect2 = Rect2()


func _init(of: Kind, named: String, text: String) -> void:
	kind = of
	name = named
	label = text


## Whether it holds a setting.
func is_setting() -> bool:
	return kind in [Kind.TOGGLE, Kind.CHOICE, Kind.SLIDER]


## The same as a copy of its own.
func copy() -> UIMenuEntry:
	var other: UIMenuEntry = UIMenuEntry.new(kind, name, label)
	other.target = target
	other.options = options
	return other
