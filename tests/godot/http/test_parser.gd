extends GodotTestCase
## RLHttpParser: requests however their bytes are cut, and what is none.

const RLHttpParser := preload("res://addons/godot_rl/http/parser.gd")
const RLHttpRequest := preload("res://addons/godot_rl/http/request.gd")

const PLAIN: String = (
	"GET /rl/state?agent=2&name=a%20b+c HTTP/1.1\r\n" + "Host: x\r\nA: 1\r\nA: 2\r\n\r\n"
)
const WITH_BODY: String = "POST /step HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"
const CHUNKED: String = (
	"POST /step HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
	+ "2;a=b\r\nbo\r\n2\r\ndy\r\n0\r\nTrailer: 1\r\n\r\n"
)


func test_reads_a_request() -> void:
	var request: RLHttpRequest = _read(PLAIN)[0]
	check_equal(request.method, "GET")
	check_equal(request.path, "/rl/state")
	check_equal(request.query["agent"], "2")
	check_equal(request.query["name"], "a b c")
	check_equal(request.header("a"), "1, 2")
	check(request.keeps_alive, "HTTP/1.1 keeps connections")
	check_equal(_read(WITH_BODY)[0].body.get_string_from_ascii(), "body")
	check_equal(_read(CHUNKED)[0].body.get_string_from_ascii(), "body")


func test_every_cut_gives_the_same_requests() -> void:
	var bytes: PackedByteArray = (PLAIN + WITH_BODY + CHUNKED + PLAIN).to_ascii_buffer()
	for size: int in [1, 2, 3, 5, 17, bytes.size()]:
		var parser: RLHttpParser = RLHttpParser.new()
		var paths: PackedStringArray = []
		for at: int in range(0, bytes.size(), size):
			parser.feed(bytes.slice(at, at + size))
			var request: RLHttpRequest = parser.next()
			while request != null:
				paths.append(request.path + request.body.get_string_from_ascii())
				request = parser.next()
		check_equal(parser.status, 0, "status with pieces of %d" % size)
		check_equal(paths, PackedStringArray(["/rl/state", "/stepbody", "/stepbody", "/rl/state"]))
		check(not parser.is_in_request(), "something is left")


func test_refuses_what_is_too_long_before_it_is_there() -> void:
	var parser: RLHttpParser = RLHttpParser.new()
	parser.feed("GET / HTTP/1.1\r\n".to_ascii_buffer())
	for i: int in 40:
		parser.feed(("A: " + "a".repeat(1000) + "\r\n").to_ascii_buffer())
		check_equal(parser.next(), null)
		check(parser.waiting_bytes() < 2 * RLHttpParser.MAX_HEAD_BYTES, "the head is kept")
	check_equal(parser.status, 431)
	check_equal(_status("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1048577\r\n\r\n"), 413)


func test_refuses_requests_that_two_servers_may_read_unlike() -> void:
	var head: String = "POST / HTTP/1.1\r\nHost: x\r\n"
	check_equal(_status(head + "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"), 400)
	check_equal(_status(head + "Content-Length: +3\r\n\r\n"), 400)
	check_equal(_status(head + "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n"), 400)
	check_equal(_status(head + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501)
	check_equal(_status(head + "Transfer-Encoding: chunked\r\n\r\n-1\r\n"), 400)
	check_equal(_status(head + "Transfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n"), 400)
	check_equal(_status(head + " folded: 1\r\n\r\n"), 400)
	check_equal(_status(head + "A : 1\r\n\r\n"), 400)
	check_equal(_status(head + "A: 1\nB: 2\r\n\r\n"), 400)


func test_a_hundred_thousand_random_bytes_never_stop_it() -> void:
	var random: RandomNumberGenerator = RandomNumberGenerator.new()
	random.seed = 17
	var parser: RLHttpParser = RLHttpParser.new()
	for i: int in 100:
		var bytes: PackedByteArray = (PLAIN + CHUNKED).to_ascii_buffer()
		for j: int in random.randi_range(0, 8):
			bytes[random.randi() % bytes.size()] = random.randi() % 256
		parser.feed(bytes)
		while parser.next() != null:
			pass
		if parser.status != 0:
			check(parser.status >= 400 and parser.status <= 505, str(parser.status))
			parser = RLHttpParser.new()


func _read(text: String) -> Array[RLHttpRequest]:
	var parser: RLHttpParser = RLHttpParser.new()
	parser.feed(text.to_ascii_buffer())
	var found: Array[RLHttpRequest] = [parser.next()]
	check_equal(parser.problem, "")
	return found


func _status(text: String) -> int:
	var parser: RLHttpParser = RLHttpParser.new()
	parser.feed(text.to_ascii_buffer())
	while parser.next() != null:
		pass
	check(not parser.problem.is_empty() or parser.status == 0, "it says why")
	return parser.status
