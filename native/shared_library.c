#include "shared_library.h"

#include <stdio.h>
#include <string.h>

#if defined(_WIN32)

#include <windows.h>

enum { PATH_SIZE = 4096 };

static LibraryFunction refuse(const char *what, const char *name, char *reason, size_t size) {
	snprintf(reason, size, "%.900s: %s (Windows error %lu)", name, what,
			(unsigned long)GetLastError());
	return NULL;
}

LibraryFunction library_function_beside(
		const char *file_name, const char *function, char *reason, size_t reason_size) {
	wchar_t path[PATH_SIZE];
	HMODULE own = NULL;
	DWORD flags = GET_MODULE_HANDLE_EX_FLAG_FROM_ADDRESS |
			GET_MODULE_HANDLE_EX_FLAG_UNCHANGED_REFCOUNT;
	DWORD length = 0;
	if (GetModuleHandleExW(flags, (LPCWSTR)(void *)&refuse, &own)) {
		length = GetModuleFileNameW(own, path, PATH_SIZE);
	}
	if (length == 0 || length >= PATH_SIZE) {
		return refuse("this library does not know where it lies", file_name, reason, reason_size);
	}
	wchar_t *slash = wcsrchr(path, L'\\');
	wchar_t *end = slash == NULL ? path : slash + 1;
	int room = (int)(path + PATH_SIZE - end);
	if (MultiByteToWideChar(CP_UTF8, 0, file_name, -1, end, room) == 0) {
		return refuse("its path is too long", file_name, reason, reason_size);
	}
	/* By its whole path: Windows has an older onnxruntime.dll of its own. */
	HMODULE library = LoadLibraryExW(path, NULL, LOAD_WITH_ALTERED_SEARCH_PATH);
	if (library == NULL) {
		return refuse("it cannot be opened", file_name, reason, reason_size);
	}
	LibraryFunction found = (LibraryFunction)(void *)GetProcAddress(library, function);
	return found != NULL ? found : refuse("it lacks what is needed", file_name, reason, reason_size);
}

#else

#include <dlfcn.h>

LibraryFunction library_function_beside(
		const char *file_name, const char *function, char *reason, size_t reason_size) {
	Dl_info own;
	char path[4096];
	LibraryFunction found = NULL;
	if (!dladdr((void *)library_function_beside, &own) || own.dli_fname == NULL) {
		snprintf(reason, reason_size, "this library does not know where it lies");
		return NULL;
	}
	const char *slash = strrchr(own.dli_fname, '/');
	int folder = slash == NULL ? 0 : (int)(slash - own.dli_fname + 1);
	snprintf(path, sizeof(path), "%.*s%s", folder, own.dli_fname, file_name);
	void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (library != NULL) {
		*(void **)&found = dlsym(library, function);
	}
	if (found == NULL) {
		const char *error = dlerror();
		snprintf(reason, reason_size, "%s", error ? error : "it lacks what is needed");
	}
	return found;
}

#endif
