/* The part of Godot's extension interface that the runner uses, and what converts its values.
 *
 * Written against gdextension_interface.h, which `godot --dump-gdextension-interface` writes. A
 * method gets its arguments as Variants and puts a Variant back.
 */
#ifndef GODOT_RL_GODOT_API_H
#define GODOT_RL_GODOT_API_H

#include "gdextension_interface.h"

#include <stdint.h>
#include <string.h>

/* Room for a String, a StringName and any packed array, on every platform. */
typedef struct {
	uint64_t words[2];
} Opaque;

/* A packed array inside a Variant. */
typedef struct {
	void *array;
	int64_t size;
} View;

void godot_api_load(GDExtensionInterfaceGetProcAddress get, GDExtensionClassLibraryPtr library);

/* Makes a StringName; it lives as long as the library. */
Opaque godot_name(const char *text);

GDExtensionVariantType godot_type(GDExtensionConstVariantPtr variant);
int64_t godot_int(GDExtensionConstVariantPtr variant);
/* Copies a String's UTF-8 bytes, ended by 0; returns their number. */
int64_t godot_text(GDExtensionConstVariantPtr variant, char *into, int64_t room);
View godot_view(GDExtensionConstVariantPtr variant);
const void *godot_items(GDExtensionConstVariantPtr variant);

void godot_return_int(GDExtensionVariantPtr into, int64_t value);
void godot_return_text(GDExtensionVariantPtr into, const char *text);
/* Puts a packed array of a size into a Variant and returns where its items go; null when empty. */
void *godot_return_array(GDExtensionVariantPtr into, GDExtensionVariantType type, int64_t size);

typedef void (*Method)(void *instance, const GDExtensionConstVariantPtr *arguments, void *result);

/* What a class of ours needs. */
typedef struct {
	const char *name;
	void *(*create)(void);
	void (*destroy)(void *instance);
} Class;

typedef struct {
	const char *name;
	Method call;
	int argument_count;
	GDExtensionVariantType arguments[4];
	GDExtensionVariantType result;
} MethodEntry;

/* Registers a RefCounted class. Calls with a wrong number or type of arguments are refused. An
 * argument of type NIL takes any type. */
void godot_register(const Class *class_, const MethodEntry *methods, int count);
void godot_unregister(const Class *class_);

#endif
