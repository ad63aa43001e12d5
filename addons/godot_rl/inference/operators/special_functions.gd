extends RefCounted
## Functions of one number that GDScript lacks, exact to 1e-11 (relative).

## Chebyshev series of ln(erfc(z) exp(z^2) / t), t = 2 / (2 + z), on 2 t - 1 in [-1, 1]; the form is
## that of Numerical Recipes (3rd ed., 6.2.2), the numbers were fitted to 40-digit values.
const ERFC: PackedFloat64Array = [
	-0.6513268598908547,
	0.6419697923564902,
	0.019476473204185732,
	-0.009561514786808752,
	-0.0009465953444818605,
	0.0003668394978529501,
	4.252332480695747e-05,
	-2.0278578112454753e-05,
	-1.6242900047312721e-06,
	1.303655835680974e-06,
	1.5626441572881898e-08,
	-8.523809599187268e-08,
	6.529054572167284e-09,
	5.059343586789679e-09,
	-9.91364121242896e-10,
	-2.273649903515238e-10,
	9.646772202401187e-11,
	2.3938628856967633e-12,
	-6.886047287935073e-12,
]
const TWO_BY_ROOT_PI: float = 1.1283791670955126


## The error function.
static func erf(x: float) -> float:
	var z: float = absf(x)
	if z < 0.1:
		var s: float = x * x
		var series: float = 1.0 - s * (1.0 / 3.0 - s * (0.1 - s * (1.0 / 42.0 - s / 216.0)))
		return TWO_BY_ROOT_PI * x * series
	var t: float = 2.0 / (2.0 + z)
	var u: float = 4.0 * t - 2.0
	var last: float = 0.0
	var before: float = 0.0
	for k: int in range(ERFC.size() - 1, 0, -1):
		var next: float = u * last - before + ERFC[k]
		before = last
		last = next
	var tail: float = t * exp(-z * z + 0.5 * u * last - before + ERFC[0])
	return tail - 1.0 if x < 0.0 else 1.0 - tail


## The remainder with the sign of the divisor, as Python's and NumPy's %.
static func modulo(x: float, y: float) -> float:
	var rest: float = fmod(x, y)
	return rest + y if rest != 0.0 and (rest < 0.0) != (y < 0.0) else rest


## ln(1 + x) without loss for small x.
static func log1p(x: float) -> float:
	var u: float = 1.0 + x
	return x if u == 1.0 else log(u) * x / (u - 1.0)


## ln(1 + exp(x)) without overflow.
static func softplus(x: float) -> float:
	return (x if not x < 0.0 else 0.0) + log1p(exp(-absf(x)))
