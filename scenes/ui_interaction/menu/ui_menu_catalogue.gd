class_name UIMenuCatalogue
extends RefCounted
## The pages that the menu can have and what is on them; static functions only. README.md shows the
## tree.

const FIRST_PAGE: String = "main"

## Page -> title.
const TITLES: Dictionary[String, String] = {
	"main": "Main menu",
	"play": "Play",
	"levels": "Levels",
	"settings": "Settings",
	"audio": "Audio",
	"video": "Video",
	"controls": "Controls",
	"profile": "Profile",
	"help": "Help",
	"credits": "Credits",
}
## Page -> the page from which it is opened; in the order in which pages are listed.
const PARENTS: Dictionary[String, String] = {
	"play": "main",
	"settings": "main",
	"profile": "main",
	"help": "main",
	"levels": "play",
	"audio": "settings",
	"video": "settings",
	"controls": "settings",
	"credits": "help",
}
const LIGHTINGS: PackedStringArray = ["Day", "Dusk", "Night", "Neon"]


## What is on [param page] besides pages and the way back.
static func entries(page: String) -> Array[UIMenuEntry]:
	match page:
		"play":
			return [_action("new_game", "New game"), _action("continue", "Continue")]
		"levels":
			return [
				_choice("level", "Level", ["Harbour", "Canyon", "Station"]),
				_choice("difficulty", "Difficulty", ["Easy", "Normal", "Hard"]),
				_action("preview", "Preview"),
			]
		"audio":
			return [
				_slider("master", "Master volume"),
				_slider("music", "Music volume"),
				_slider("effects", "Effects volume"),
				_toggle("mute", "Mute"),
			]
		"video":
			return [
				_choice("lighting", "Lighting", LIGHTINGS),
				_slider("brightness", "Brightness"),
				_toggle("shadows", "Shadows"),
			]
		"controls":
			return [
				_slider("turn_speed", "Turn speed"),
				_toggle("snap_turning", "Snap turning"),
				_toggle("left_handed", "Left-handed"),
				_toggle("haptics", "Haptics"),
			]
		"profile":
			return [
				_choice("avatar", "Avatar", ["Fox", "Heron", "Lynx"]),
				_slider("height", "Height"),
				_action("greet", "Greet"),
			]
		"help":
			return [_action("tip", "Show a tip")]
		"credits":
			return [_action("applaud", "Applaud")]
		"quick":
			return [_toggle("guides", "Guides"), _slider("haze", "Haze"), _action("wave", "Wave")]
	return []


## The names of all settings, with the number of their values; 0: a slider.
static func settings() -> Dictionary[String, int]:
	var found: Dictionary[String, int] = {}
	for page: String in TITLES.keys() + ["quick"]:
		for entry: UIMenuEntry in entries(page):
			if entry.kind == UIMenuEntry.Kind.SLIDER:
				found[entry.name] = 0
			elif entry.is_setting():
				found[entry.name] = maxi(entry.options.size(), 2)
	return found


## The entry that opens [param page].
static func opener(page: String) -> UIMenuEntry:
	var entry: UIMenuEntry = UIMenuEntry.new(UIMenuEntry.Kind.PAGE, "to_" + page, TITLES[page])
	entry.target = page
	return entry


static func _action(name: String, label: String) -> UIMenuEntry:
	return UIMenuEntry.new(UIMenuEntry.Kind.ACTION, name, label)


static func _toggle(name: String, label: String) -> UIMenuEntry:
	return UIMenuEntry.new(UIMenuEntry.Kind.TOGGLE, name, label)


static func _slider(name: String, label: String) -> UIMenuEntry:
	return UIMenuEntry.new(UIMenuEntry.Kind.SLIDER, name, label)


static func _choice(name: String, label: String, options: PackedStringArray) -> UIMenuEntry:
	var entry: UIMenuEntry = UIMenuEntry.new(UIMenuEntry.Kind.CHOICE, name, label)
	entry.options = options
	return entry
