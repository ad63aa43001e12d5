extends RefCounted
## What a tester knows of one element of one page: whether it answered, where it leads, whether its
## setting was kept. UIJournal writes it.

@warning_ignore_start("unsafe_call_argument", "unsafe_cast")

## States of a slider that differ by less are the same.
const TOLERANCE: float = 0.005

## The element's id.
var id: String = ""
## It is a plain button: one that may lead somewhere.
var is_button: bool = false
## It was seen enabled.
var is_usable: bool = false
## It answered as its kind should: a button by a change that can be seen, a slider by following the
## pointer, a bar by carrying its panel.
var is_tested: bool = false
## It was reported as one that does not answer; nothing more is tried.
var is_given_up: bool = false
## Full uses without an answer, and clicks that something else took.
var unanswered: int = 0
var covered: int = 0
## Uses after which the same page was still shown.
var stays: int = 0
## Pages to which its clicks led -> how often.
var leads: Dictionary[String, int] = {}
## It was reported to lead elsewhere than before.
var is_inconsistent: bool = false
## Its own state changes when it is used: it holds a setting.
var is_setting: bool = false
## The state that this visit of the page began with, and the one that was last chosen or seen.
var found_state: Variant = null
var chosen_state: Variant = null
## The page was left after a new state was chosen: on return it must still be there.
var awaits_return: bool = false
## The setting was found kept, or was found lost.
var is_kept: bool = false
var is_lost: bool = false


## Whether it must still be used on its page: it is untested, or a setting that was not changed on
## this visit.
func needs_use() -> bool:
	if not is_usable or is_given_up:
		return false
	return not is_tested or (_is_unchecked() and is_near(chosen_state, found_state))


## Whether its page has to be left and visited again, to see whether the setting was kept.
func needs_return() -> bool:
	return is_tested and not is_given_up and _is_unchecked() and not needs_use()


## Whether nothing more is to be done with it.
func is_done() -> bool:
	return is_given_up or (is_tested and not _is_unchecked())


## Whether it may yet lead somewhere: a button that was not used twice without leading anywhere.
func may_lead(uses: int) -> bool:
	return is_button and is_usable and not is_given_up and stays < uses


## Whether two states are the same, as far as can be told.
static func is_near(one: Variant, other: Variant) -> bool:
	if one is float and other is float:
		return absf(one as float - other as float) <= TOLERANCE
	return typeof(one) == typeof(other) and one == other


func _is_unchecked() -> bool:
	return is_setting and not is_kept and not is_lost
