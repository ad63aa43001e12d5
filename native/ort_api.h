/* The part of onnxruntime's C API that the runner uses.
 *
 * onnxruntime publishes a table of function pointers whose order never changes: entries are only
 * ever added at the end, and `GetApi(N)` refuses a library that is older than N. All that is needed
 * here belongs to version 1 of the table (102 entries), so every onnxruntime since 1.0 will do. The
 * header is not part of the Python package, therefore the places in the table are written down here,
 * from the documentation at onnxruntime.ai/docs/api/c/struct_ort_api.html.
 */
#ifndef GODOT_RL_ORT_API_H
#define GODOT_RL_ORT_API_H

#include <stddef.h>
#include <stdint.h>

#define ORT_TABLE_VERSION 1

typedef struct {
	const void *const *(*GetApi)(uint32_t version);
	const char *(*GetVersionString)(void);
} OrtApiBase;

enum { ORT_LOG_ERROR = 3, ORT_ARENA_ALLOCATOR = 1, ORT_MEMORY_DEFAULT = 0, ORT_OPTIMIZE_ALL = 99 };

/* Element types, as in ONNX itself. */
enum {
	ORT_FLOAT = 1,
	ORT_UINT8 = 2,
	ORT_INT8 = 3,
	ORT_UINT16 = 4,
	ORT_INT16 = 5,
	ORT_INT32 = 6,
	ORT_INT64 = 7,
	ORT_BOOL = 9,
	ORT_UINT32 = 12
};

/* A function of the table, by its place; everything but messages and releases returns a status,
 * which is null when all went well. Objects are pointers that only onnxruntime looks into. */
typedef void *Status;
#define ORT_FN(place, type) ((type)ort_table[place])

#define ort_error_message ORT_FN(2, const char *(*)(Status))
#define ort_create_env ORT_FN(3, Status(*)(int, const char *, void **))
#define ort_create_session ORT_FN(8, Status(*)(void *, const void *, size_t, void *, void **))
#define ort_run \
	ORT_FN(9, Status(*)(void *, void *, const char *const *, void *const *, size_t, \
					 const char *const *, size_t, void **))
#define ort_create_options ORT_FN(10, Status(*)(void **))
#define ort_set_optimization ORT_FN(23, Status(*)(void *, int))
#define ort_set_intra_op_threads ORT_FN(24, Status(*)(void *, int))
#define ort_set_inter_op_threads ORT_FN(25, Status(*)(void *, int))
#define ort_input_count ORT_FN(30, Status(*)(void *, size_t *))
#define ort_output_count ORT_FN(31, Status(*)(void *, size_t *))
#define ort_input_name ORT_FN(36, Status(*)(void *, size_t, void *, char **))
#define ort_output_name ORT_FN(37, Status(*)(void *, size_t, void *, char **))
#define ort_create_tensor \
	ORT_FN(49, Status(*)(void *, void *, size_t, const int64_t *, size_t, int, void **))
#define ort_tensor_data ORT_FN(51, Status(*)(void *, void **))
#define ort_element_type ORT_FN(60, Status(*)(void *, int *))
#define ort_rank ORT_FN(61, Status(*)(void *, size_t *))
#define ort_shape ORT_FN(62, Status(*)(void *, int64_t *, size_t))
#define ort_count ORT_FN(64, Status(*)(void *, size_t *))
#define ort_type_and_shape ORT_FN(65, Status(*)(void *, void **))
#define ort_create_cpu_memory ORT_FN(69, Status(*)(int, int, void **))
#define ort_free ORT_FN(76, Status(*)(void *, void *))
#define ort_default_allocator ORT_FN(78, Status(*)(void **))
#define ort_release_status ORT_FN(93, void (*)(Status))
#define ort_release_session ORT_FN(95, void (*)(void *))
#define ort_release_value ORT_FN(96, void (*)(void *))
#define ort_release_type_and_shape ORT_FN(99, void (*)(void *))
#define ort_release_options ORT_FN(100, void (*)(void *))

#endif
