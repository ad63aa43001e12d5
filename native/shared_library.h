/* Finds and opens a library at run time, on Unix and on Windows.
 *
 * The one file pair that knows the system: onnx_session.c calls it once to open onnxruntime.
 * The Windows half is compiled by a test with MinGW-w64; it was never run.
 */
#ifndef GODOT_RL_SHARED_LIBRARY_H
#define GODOT_RL_SHARED_LIBRARY_H

#include <stddef.h>

#if defined(_WIN32)
#define EXPORTED __declspec(dllexport)
#else
#define EXPORTED __attribute__((visibility("default")))
#endif

/* What a library's function is cast from. */
typedef void (*LibraryFunction)(void);

/* Opens the library of that file name in the folder of this library and returns its function; null,
 * with one line in reason (reason_size bytes), when either is not there. It is never closed. */
LibraryFunction library_function_beside(
		const char *file_name, const char *function, char *reason, size_t reason_size);

#endif
