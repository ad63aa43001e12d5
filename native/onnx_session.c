/* GodotRLNativeSession: an ONNX model in onnxruntime, as a RefCounted class of Godot's.
 *
 * Called by addons/godot_rl/inference/native_plan.gd and by nothing else. Values go in and out
 * as packed arrays: floats as they are, integers and truths as 64-bit integers. One thread computes,
 * so that a game keeps its cores and results do not depend on how many there are.
 */
#include "godot_api.h"
#include "ort_api.h"
#include "shared_library.h"

#include <stdio.h>
#include <stdlib.h>

#if defined(_WIN32)
#define LIBRARY_NAME "onnxruntime.dll"
#elif defined(__APPLE__)
#define LIBRARY_NAME "libonnxruntime.dylib"
#else
#define LIBRARY_NAME "libonnxruntime.so"
#endif

enum { MAX_VALUES = 64, MAX_RANK = 16, MESSAGE_SIZE = 1024 };

typedef struct {
	char *name;
	void *value; /* null until it is set */
	void *data;
	size_t bytes;
	int64_t shape[MAX_RANK];
	size_t rank;
	int type;
} Input;

typedef struct {
	void *session;
	Input inputs[MAX_VALUES];
	char *input_names[MAX_VALUES];
	char *output_names[MAX_VALUES];
	void *outputs[MAX_VALUES];
	size_t input_count;
	size_t output_count;
	char message[MESSAGE_SIZE];
} Session;

static const void *const *ort_table;
static const char *ort_version = "";
static void *ort_environment;
static void *ort_memory;
static void *ort_allocator;
static char load_error[MESSAGE_SIZE];

/* Remembers what went wrong as one line; returns whether something did. */
static int failed(Session *self, Status status) {
	if (status == NULL) {
		return 0;
	}
	snprintf(self->message, MESSAGE_SIZE, "%s", ort_error_message(status));
	for (char *sign = self->message; *sign; sign++) {
		if (*sign == '\n' || *sign == '\r') {
			*sign = ' ';
		}
	}
	ort_release_status(status);
	return 1;
}

/* Opens the onnxruntime that lies beside this library, once. */
static int load_onnxruntime(void) {
	if (ort_table != NULL) {
		return 1;
	}
	const OrtApiBase *(*get_base)(void) = (const OrtApiBase *(*)(void))library_function_beside(
			LIBRARY_NAME, "OrtGetApiBase", load_error, MESSAGE_SIZE);
	if (get_base == NULL) {
		return 0;
	}
	const void *const *table = get_base()->GetApi(ORT_TABLE_VERSION);
	if (table == NULL) {
		snprintf(load_error, MESSAGE_SIZE, "%s offers no table of version %d", LIBRARY_NAME,
				ORT_TABLE_VERSION);
		return 0;
	}
	ort_table = table;
	ort_version = get_base()->GetVersionString();
	Session scratch;
	if (failed(&scratch, ort_create_env(ORT_LOG_ERROR, "godot_rl", &ort_environment)) ||
			failed(&scratch, ort_create_cpu_memory(ORT_ARENA_ALLOCATOR, ORT_MEMORY_DEFAULT,
									 &ort_memory)) ||
			failed(&scratch, ort_default_allocator(&ort_allocator))) {
		memcpy(load_error, scratch.message, MESSAGE_SIZE);
		ort_table = NULL;
		return 0;
	}
	return 1;
}

static void *create(void) {
	return calloc(1, sizeof(Session));
}

static void release_outputs(Session *self) {
	for (size_t i = 0; i < self->output_count; i++) {
		if (self->outputs[i] != NULL) {
			ort_release_value(self->outputs[i]);
			self->outputs[i] = NULL;
		}
	}
}

static void destroy(void *instance) {
	Session *self = instance;
	release_outputs(self);
	for (size_t i = 0; i < self->output_count; i++) {
		ort_free(ort_allocator, self->output_names[i]);
	}
	for (size_t i = 0; i < self->input_count; i++) {
		ort_free(ort_allocator, self->input_names[i]);
		if (self->inputs[i].value != NULL) {
			ort_release_value(self->inputs[i].value);
		}
		free(self->inputs[i].data);
	}
	if (self->session != NULL) {
		ort_release_session(self->session);
	}
	free(self);
}

static int open_session(Session *self, const void *model, size_t size) {
	void *options = NULL;
	if (!load_onnxruntime()) {
		memcpy(self->message, load_error, MESSAGE_SIZE);
		return 0;
	}
	int opened = !failed(self, ort_create_options(&options)) &&
			!failed(self, ort_set_intra_op_threads(options, 1)) &&
			!failed(self, ort_set_inter_op_threads(options, 1)) &&
			!failed(self, ort_set_optimization(options, ORT_OPTIMIZE_ALL)) &&
			!failed(self, ort_create_session(ort_environment, model, size, options,
								 &self->session));
	if (options != NULL) {
		ort_release_options(options);
	}
	size_t inputs = 0, outputs = 0;
	if (!opened || failed(self, ort_input_count(self->session, &inputs)) ||
			failed(self, ort_output_count(self->session, &outputs))) {
		return 0;
	}
	if (inputs > MAX_VALUES || outputs > MAX_VALUES) {
		snprintf(self->message, MESSAGE_SIZE, "more than %d inputs or outputs", MAX_VALUES);
		return 0;
	}
	for (size_t i = 0; i < inputs; i++) {
		if (failed(self, ort_input_name(self->session, i, ort_allocator, &self->input_names[i]))) {
			return 0;
		}
		self->input_count = i + 1;
	}
	for (size_t i = 0; i < outputs; i++) {
		if (failed(self,
					ort_output_name(self->session, i, ort_allocator, &self->output_names[i]))) {
			return 0;
		}
		self->output_count = i + 1;
	}
	return 1;
}

/* open(model: PackedByteArray) -> String: what went wrong, or "". */
static void open_(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Session *self = instance;
	View model = godot_view(arguments[0]);
	self->message[0] = 0;
	if (self->session != NULL) {
		snprintf(self->message, MESSAGE_SIZE, "a model is open already");
	} else {
		open_session(self, godot_items(arguments[0]), model.size);
	}
	godot_return_text(result, self->message);
}

static int place_of(char *const *names, size_t count, GDExtensionConstVariantPtr name) {
	char text[4096];
	godot_text(name, text, sizeof(text));
	for (size_t i = 0; i < count; i++) {
		if (strcmp(names[i], text) == 0) {
			return (int)i;
		}
	}
	return -1;
}

/* input_index(name: String) -> int: its place, or -1. */
static void input_index(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Session *self = instance;
	godot_return_int(result, place_of(self->input_names, self->input_count, arguments[0]));
}

/* output_index(name: String) -> int: its place, or -1. */
static void output_index(
		void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Session *self = instance;
	godot_return_int(result, place_of(self->output_names, self->output_count, arguments[0]));
}

/* version() -> String: of onnxruntime; "" before a model was opened. */
static void version(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	(void)instance;
	(void)arguments;
	godot_return_text(result, ort_version);
}

static size_t width_of(int type) {
	switch (type) {
		case ORT_UINT8:
		case ORT_INT8:
		case ORT_BOOL:
			return 1;
		case ORT_UINT16:
		case ORT_INT16:
			return 2;
		case ORT_FLOAT:
		case ORT_INT32:
		case ORT_UINT32:
			return 4;
		case ORT_INT64:
			return 8;
		default:
			return 0;
	}
}

#define NARROW(type) \
	for (size_t i = 0; i < count; i++) { \
		((type *)into)[i] = (type)from[i]; \
	} \
	break

static void narrow(void *into, const int64_t *from, size_t count, int type) {
	switch (type) {
		case ORT_UINT8:
			NARROW(uint8_t);
		case ORT_INT8:
			NARROW(int8_t);
		case ORT_BOOL:
			for (size_t i = 0; i < count; i++) {
				((uint8_t *)into)[i] = from[i] != 0;
			}
			break;
		case ORT_UINT16:
			NARROW(uint16_t);
		case ORT_INT16:
			NARROW(int16_t);
		case ORT_INT32:
			NARROW(int32_t);
		case ORT_UINT32:
			NARROW(uint32_t);
		default:
			NARROW(int64_t);
	}
}

#define WIDEN(type) \
	for (size_t i = 0; i < count; i++) { \
		into[i] = ((const type *)from)[i]; \
	} \
	break

static void widen(int64_t *into, const void *from, size_t count, int type) {
	switch (type) {
		case ORT_UINT8:
		case ORT_BOOL:
			WIDEN(uint8_t);
		case ORT_INT8:
			WIDEN(int8_t);
		case ORT_UINT16:
			WIDEN(uint16_t);
		case ORT_INT16:
			WIDEN(int16_t);
		case ORT_INT32:
			WIDEN(int32_t);
		case ORT_UINT32:
			WIDEN(uint32_t);
		default:
			WIDEN(int64_t);
	}
}

/* Makes the tensor of an input anew where its type or shape differs from the last one. */
static int shape_input(Session *self, Input *input, int type, const int64_t *shape, size_t rank,
		size_t count) {
	int same = input->value != NULL && input->type == type && input->rank == rank &&
			(rank == 0 || memcmp(input->shape, shape, rank * sizeof(int64_t)) == 0);
	if (same) {
		return 1;
	}
	if (input->value != NULL) {
		ort_release_value(input->value);
		input->value = NULL;
	}
	size_t bytes = count * width_of(type);
	void *data = realloc(input->data, bytes > 0 ? bytes : 1);
	if (data == NULL) {
		snprintf(self->message, MESSAGE_SIZE, "no memory for %zu bytes", bytes);
		return 0;
	}
	input->data = data;
	input->bytes = bytes;
	input->type = type;
	input->rank = rank;
	if (rank > 0) {
		memcpy(input->shape, shape, rank * sizeof(int64_t));
	}
	return !failed(self,
			ort_create_tensor(ort_memory, data, bytes, input->shape, rank, type, &input->value));
}

static int fill_input(Session *self, const GDExtensionConstVariantPtr *arguments) {
	int64_t place = godot_int(arguments[0]);
	int type = (int)godot_int(arguments[3]);
	GDExtensionVariantType wanted = type == ORT_FLOAT ? GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY
													  : GDEXTENSION_VARIANT_TYPE_PACKED_INT64_ARRAY;
	if (place < 0 || place >= (int64_t)self->input_count || width_of(type) == 0 ||
			godot_type(arguments[1]) != wanted) {
		snprintf(self->message, MESSAGE_SIZE, "no input %d of type %d", (int)place, type);
		return 0;
	}
	View values = godot_view(arguments[1]);
	View lengths = godot_view(arguments[2]);
	const int64_t *shape = godot_items(arguments[2]);
	int64_t count = 1;
	for (int64_t i = 0; i < lengths.size; i++) {
		/* Without sign, so that absurd lengths wrap instead of being undefined. */
		count = shape[i] < 0 ? -1 : (int64_t)((uint64_t)count * (uint64_t)shape[i]);
	}
	if (count != values.size || lengths.size > MAX_RANK) {
		snprintf(self->message, MESSAGE_SIZE, "input %d: the shape does not fit %d values",
				(int)place, (int)values.size);
		return 0;
	}
	Input *input = &self->inputs[place];
	if (!shape_input(self, input, type, shape, lengths.size, count)) {
		return 0;
	}
	if (count > 0 && type == ORT_FLOAT) {
		memcpy(input->data, godot_items(arguments[1]), input->bytes);
	} else if (count > 0) {
		narrow(input->data, godot_items(arguments[1]), count, type);
	}
	return 1;
}

/* set_input(index: int, values: packed floats or integers, shape: PackedInt64Array, type: int)
 * -> String: what went wrong, or "". The values stay until they are set again. */
static void set_input(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Session *self = instance;
	self->message[0] = 0;
	fill_input(self, arguments);
	godot_return_text(result, self->message);
}

static int run(Session *self) {
	void *values[MAX_VALUES];
	self->message[0] = 0;
	if (self->session == NULL) {
		snprintf(self->message, MESSAGE_SIZE, "no model is open");
	}
	for (size_t i = 0; i < self->input_count && !self->message[0]; i++) {
		values[i] = self->inputs[i].value;
		if (values[i] == NULL) {
			snprintf(self->message, MESSAGE_SIZE, "input '%.200s' is missing",
					self->input_names[i]);
		}
	}
	if (!self->message[0]) {
		release_outputs(self);
		failed(self,
				ort_run(self->session, NULL, (const char *const *)self->input_names, values,
						self->input_count, (const char *const *)self->output_names,
						self->output_count, self->outputs));
	}
	return !self->message[0];
}

/* compute() -> String: what went wrong, or "". */
static void compute(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	(void)arguments;
	Session *self = instance;
	run(self);
	godot_return_text(result, self->message);
}

typedef struct {
	int type; /* 0: there is no such output, or none that can be given */
	size_t count;
	size_t rank;
	int64_t shape[MAX_RANK];
	void *data;
} Output;

static Output look_at(Session *self, GDExtensionConstVariantPtr index) {
	Output output;
	memset(&output, 0, sizeof(output));
	int64_t place = godot_int(index);
	void *info = NULL;
	if (place < 0 || place >= (int64_t)self->output_count || self->outputs[place] == NULL ||
			failed(self, ort_type_and_shape(self->outputs[place], &info))) {
		return output;
	}
	int known = !failed(self, ort_element_type(info, &output.type)) &&
			!failed(self, ort_rank(info, &output.rank)) && output.rank <= MAX_RANK &&
			!failed(self, ort_shape(info, output.shape, output.rank)) &&
			!failed(self, ort_count(info, &output.count)) &&
			!failed(self, ort_tensor_data(self->outputs[place], &output.data));
	ort_release_type_and_shape(info);
	if (!known || width_of(output.type) == 0) {
		output.type = 0;
	}
	return output;
}

/* output_type(index: int) -> int: ONNX's number; 0 for one that cannot be given. */
static void output_type(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	godot_return_int(result, look_at(instance, arguments[0]).type);
}

/* output_shape(index: int) -> PackedInt64Array */
static void output_shape(
		void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Output output = look_at(instance, arguments[0]);
	void *into =
			godot_return_array(result, GDEXTENSION_VARIANT_TYPE_PACKED_INT64_ARRAY, output.rank);
	if (into != NULL) {
		memcpy(into, output.shape, output.rank * sizeof(int64_t));
	}
}

/* output_floats(index: int) -> PackedFloat32Array: empty for another type. */
static void output_floats(
		void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Output output = look_at(instance, arguments[0]);
	size_t count = output.type == ORT_FLOAT ? output.count : 0;
	void *into = godot_return_array(result, GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY, count);
	if (into != NULL) {
		memcpy(into, output.data, count * sizeof(float));
	}
}

/* output_ints(index: int) -> PackedInt64Array: empty for floats. */
static void output_ints(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Output output = look_at(instance, arguments[0]);
	size_t count = output.type != ORT_FLOAT && output.type != 0 ? output.count : 0;
	void *into = godot_return_array(result, GDEXTENSION_VARIANT_TYPE_PACKED_INT64_ARRAY, count);
	if (into != NULL) {
		widen(into, output.data, count, output.type);
	}
}

/* forward(input: int, values: PackedFloat32Array, output: int) -> PackedFloat32Array: new values for
 * an input that was set before, of the same size, and the floats of an output; empty when that fails.
 * One call, for policies that decide in microseconds. */
static void forward(void *instance, const GDExtensionConstVariantPtr *arguments, void *result) {
	Session *self = instance;
	Output output;
	memset(&output, 0, sizeof(output));
	int64_t place = godot_int(arguments[0]);
	View values = godot_view(arguments[1]);
	Input *input =
			place >= 0 && place < (int64_t)self->input_count ? &self->inputs[place] : NULL;
	if (input != NULL && input->value != NULL && input->type == ORT_FLOAT && values.size > 0 &&
			input->bytes == (size_t)values.size * sizeof(float)) {
		memcpy(input->data, godot_items(arguments[1]), input->bytes);
		if (run(self)) {
			output = look_at(self, arguments[2]);
		}
	}
	size_t count = output.type == ORT_FLOAT ? output.count : 0;
	void *into = godot_return_array(result, GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY, count);
	if (into != NULL) {
		memcpy(into, output.data, count * sizeof(float));
	}
}

#define T(name) GDEXTENSION_VARIANT_TYPE_##name

static const Class session_class = { "GodotRLNativeSession", create, destroy };
static const MethodEntry methods[] = {
	{ "open", open_, 1, { T(PACKED_BYTE_ARRAY) }, T(STRING) },
	{ "version", version, 0, { T(NIL) }, T(STRING) },
	{ "input_index", input_index, 1, { T(STRING) }, T(INT) },
	{ "output_index", output_index, 1, { T(STRING) }, T(INT) },
	{ "set_input", set_input, 4, { T(INT), T(NIL), T(PACKED_INT64_ARRAY), T(INT) }, T(STRING) },
	{ "compute", compute, 0, { T(NIL) }, T(STRING) },
	{ "forward", forward, 3, { T(INT), T(PACKED_FLOAT32_ARRAY), T(INT) },
			T(PACKED_FLOAT32_ARRAY) },
	{ "output_type", output_type, 1, { T(INT) }, T(INT) },
	{ "output_shape", output_shape, 1, { T(INT) }, T(PACKED_INT64_ARRAY) },
	{ "output_floats", output_floats, 1, { T(INT) }, T(PACKED_FLOAT32_ARRAY) },
	{ "output_ints", output_ints, 1, { T(INT) }, T(PACKED_INT64_ARRAY) },
};

static void initialize(void *data, GDExtensionInitializationLevel level) {
	(void)data;
	if (level == GDEXTENSION_INITIALIZATION_SCENE) {
		godot_register(&session_class, methods, sizeof(methods) / sizeof(methods[0]));
	}
}

static void deinitialize(void *data, GDExtensionInitializationLevel level) {
	(void)data;
	if (level == GDEXTENSION_INITIALIZATION_SCENE) {
		godot_unregister(&session_class);
	}
}

EXPORTED GDExtensionBool godot_rl_native_init(
		GDExtensionInterfaceGetProcAddress get, GDExtensionClassLibraryPtr library,
		GDExtensionInitialization *initialization) {
	godot_api_load(get, library);
	initialization->minimum_initialization_level = GDEXTENSION_INITIALIZATION_SCENE;
	initialization->initialize = initialize;
	initialization->deinitialize = deinitialize;
	return 1;
}
