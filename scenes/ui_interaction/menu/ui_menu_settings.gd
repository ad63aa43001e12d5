class_name UIMenuSettings
extends RefCounted
## The values that the menu's settings have: numbers in [0, 1] for sliders, 0 and 1 for toggles,
## the index of a choice. In training an episode's seed draws them; for a person a file keeps them.

## A setting has another value.
signal changed(name: String, value: float)

const SECTION: String = "settings"
## Sliders begin on a multiple of 1 / STEPS.
const STEPS: int = 20

var values: Dictionary[String, float] = {}


## Draws a value for every setting.
func draw(rng: RandomNumberGenerator) -> void:
	var known: Dictionary[String, int] = UIMenuCatalogue.settings()
	for name: String in known:
		if known[name] == 0:
			write(name, rng.randi_range(2, STEPS - 2) / float(STEPS))
		else:
			write(name, rng.randi_range(0, known[name] - 1))


## The value of [param name].
func read(name: String) -> float:
	return values.get(name, 0.0)


## Sets the value of [param name].
func write(name: String, value: float) -> void:
	if values.get(name) != value:
		values[name] = value
		changed.emit(name, value)


## Takes the values that the file at [param path] holds; what it does not hold stays as it is.
## Returns false where there is no such file.
func load_from(path: String) -> bool:
	var file: ConfigFile = ConfigFile.new()
	if file.load(path) != OK:
		return false
	var known: Dictionary[String, int] = UIMenuCatalogue.settings()
	for name: String in known:
		var value: Variant = file.get_value(SECTION, name, values.get(name, 0.0))
		if value is float or value is int:
			var most: float = 1.0 if known[name] == 0 else known[name] - 1.0
			var number: float = value
			write(name, clampf(number, 0.0, most))
	return true


## Writes the values to the file at [param path].
func save_to(path: String) -> void:
	var file: ConfigFile = ConfigFile.new()
	for name: String in values:
		file.set_value(SECTION, name, values[name])
	var problem: Error = file.save(path)
	if problem != OK:
		push_error(
			"the menu's settings cannot be written to %s: %s" % [path, error_string(problem)]
		)
