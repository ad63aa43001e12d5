#include "godot_api.h"

#include <stdlib.h>

#define TYPES GDEXTENSION_VARIANT_TYPE_VARIANT_MAX
/* Hashes of the methods' signatures, from `godot --dump-extension-api`. */
#define SIZE_HASH 3173160232
#define RESIZE_HASH 848867239

static GDExtensionClassLibraryPtr own_library;
static GDExtensionInterfaceVariantGetType variant_get_type;
static GDExtensionInterfaceStringNameNewWithLatin1Chars string_name_new;
static GDExtensionInterfaceStringNewWithUtf8Chars string_new;
static GDExtensionInterfaceStringToUtf8Chars string_to_utf8;
static GDExtensionInterfacePackedByteArrayOperatorIndex byte_items;
static GDExtensionInterfacePackedFloat32ArrayOperatorIndex float_items;
static GDExtensionInterfacePackedInt64ArrayOperatorIndex int_items;
static GDExtensionInterfacePackedByteArrayOperatorIndexConst byte_items_const;
static GDExtensionInterfacePackedFloat32ArrayOperatorIndexConst float_items_const;
static GDExtensionInterfacePackedInt64ArrayOperatorIndexConst int_items_const;
static GDExtensionInterfaceObjectSetInstance object_set_instance;
static GDExtensionInterfaceClassdbConstructObject2 construct_object;
static GDExtensionInterfaceClassdbRegisterExtensionClass5 register_class;
static GDExtensionInterfaceClassdbRegisterExtensionClassMethod register_method;
static GDExtensionInterfaceClassdbUnregisterExtensionClass unregister_class;

/* By type: the value inside a Variant, a Variant around a value, and what packed arrays can do. */
static GDExtensionVariantGetInternalPtrFunc inside[TYPES];
static GDExtensionVariantFromTypeConstructorFunc wrap[TYPES];
static GDExtensionPtrConstructor construct[TYPES];
static GDExtensionPtrDestructor destruct[TYPES];
static GDExtensionPtrBuiltInMethod size_of[TYPES];
static GDExtensionPtrBuiltInMethod resize[TYPES];

void godot_api_load(GDExtensionInterfaceGetProcAddress get, GDExtensionClassLibraryPtr library) {
	own_library = library;
/* By way of a function of nothing, the one type that any function may be cast to and from. */
#define LOAD(variable, type, name) variable = (type)(void (*)(void))get(name)
	LOAD(variant_get_type, GDExtensionInterfaceVariantGetType, "variant_get_type");
	LOAD(string_name_new, GDExtensionInterfaceStringNameNewWithLatin1Chars,
			"string_name_new_with_latin1_chars");
	LOAD(string_new, GDExtensionInterfaceStringNewWithUtf8Chars, "string_new_with_utf8_chars");
	LOAD(string_to_utf8, GDExtensionInterfaceStringToUtf8Chars, "string_to_utf8_chars");
	LOAD(byte_items, GDExtensionInterfacePackedByteArrayOperatorIndex,
			"packed_byte_array_operator_index");
	LOAD(float_items, GDExtensionInterfacePackedFloat32ArrayOperatorIndex,
			"packed_float32_array_operator_index");
	LOAD(int_items, GDExtensionInterfacePackedInt64ArrayOperatorIndex,
			"packed_int64_array_operator_index");
	LOAD(byte_items_const, GDExtensionInterfacePackedByteArrayOperatorIndexConst,
			"packed_byte_array_operator_index_const");
	LOAD(float_items_const, GDExtensionInterfacePackedFloat32ArrayOperatorIndexConst,
			"packed_float32_array_operator_index_const");
	LOAD(int_items_const, GDExtensionInterfacePackedInt64ArrayOperatorIndexConst,
			"packed_int64_array_operator_index_const");
	LOAD(object_set_instance, GDExtensionInterfaceObjectSetInstance, "object_set_instance");
	LOAD(construct_object, GDExtensionInterfaceClassdbConstructObject2,
			"classdb_construct_object2");
	LOAD(register_class, GDExtensionInterfaceClassdbRegisterExtensionClass5,
			"classdb_register_extension_class5");
	LOAD(register_method, GDExtensionInterfaceClassdbRegisterExtensionClassMethod,
			"classdb_register_extension_class_method");
	LOAD(unregister_class, GDExtensionInterfaceClassdbUnregisterExtensionClass,
			"classdb_unregister_extension_class");
	GDExtensionInterfaceGetVariantGetInternalPtrFunc get_inside;
	GDExtensionInterfaceGetVariantFromTypeConstructor get_wrap;
	GDExtensionInterfaceVariantGetPtrConstructor get_constructor;
	GDExtensionInterfaceVariantGetPtrDestructor get_destructor;
	GDExtensionInterfaceVariantGetPtrBuiltinMethod get_method;
	LOAD(get_inside, GDExtensionInterfaceGetVariantGetInternalPtrFunc,
			"variant_get_ptr_internal_getter");
	LOAD(get_wrap, GDExtensionInterfaceGetVariantFromTypeConstructor,
			"get_variant_from_type_constructor");
	LOAD(get_constructor, GDExtensionInterfaceVariantGetPtrConstructor,
			"variant_get_ptr_constructor");
	LOAD(get_destructor, GDExtensionInterfaceVariantGetPtrDestructor,
			"variant_get_ptr_destructor");
	LOAD(get_method, GDExtensionInterfaceVariantGetPtrBuiltinMethod,
			"variant_get_ptr_builtin_method");
#undef LOAD
	const GDExtensionVariantType values[] = { GDEXTENSION_VARIANT_TYPE_INT,
		GDEXTENSION_VARIANT_TYPE_STRING };
	const GDExtensionVariantType arrays[] = { GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY,
		GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY,
		GDEXTENSION_VARIANT_TYPE_PACKED_INT64_ARRAY };
	for (int i = 0; i < 2; i++) {
		inside[values[i]] = get_inside(values[i]);
		wrap[values[i]] = get_wrap(values[i]);
	}
	destruct[GDEXTENSION_VARIANT_TYPE_STRING] = get_destructor(GDEXTENSION_VARIANT_TYPE_STRING);
	Opaque size_name = godot_name("size");
	Opaque resize_name = godot_name("resize");
	for (int i = 0; i < 3; i++) {
		GDExtensionVariantType type = arrays[i];
		inside[type] = get_inside(type);
		wrap[type] = get_wrap(type);
		construct[type] = get_constructor(type, 0);
		destruct[type] = get_destructor(type);
		size_of[type] = get_method(type, &size_name, SIZE_HASH);
		resize[type] = get_method(type, &resize_name, RESIZE_HASH);
	}
}

Opaque godot_name(const char *text) {
	Opaque name = { { 0, 0 } };
	string_name_new(&name, text, 1);
	return name;
}

GDExtensionVariantType godot_type(GDExtensionConstVariantPtr variant) {
	return variant_get_type(variant);
}

static void *value_of(GDExtensionConstVariantPtr variant) {
	return inside[variant_get_type(variant)]((GDExtensionVariantPtr)variant);
}

int64_t godot_int(GDExtensionConstVariantPtr variant) {
	return *(const int64_t *)value_of(variant);
}

int64_t godot_text(GDExtensionConstVariantPtr variant, char *into, int64_t room) {
	int64_t length = string_to_utf8(value_of(variant), into, room - 1);
	if (length > room - 1) {
		length = room - 1;
	}
	into[length] = 0;
	return length;
}

View godot_view(GDExtensionConstVariantPtr variant) {
	View view = { value_of(variant), 0 };
	size_of[variant_get_type(variant)](view.array, NULL, &view.size, 0);
	return view;
}

const void *godot_items(GDExtensionConstVariantPtr variant) {
	View view = godot_view(variant);
	if (view.size == 0) {
		return NULL;
	}
	switch (variant_get_type(variant)) {
		case GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY:
			return byte_items_const(view.array, 0);
		case GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY:
			return float_items_const(view.array, 0);
		default:
			return int_items_const(view.array, 0);
	}
}

void godot_return_int(GDExtensionVariantPtr into, int64_t value) {
	wrap[GDEXTENSION_VARIANT_TYPE_INT](into, &value);
}

void godot_return_text(GDExtensionVariantPtr into, const char *text) {
	Opaque string;
	string_new(&string, text);
	wrap[GDEXTENSION_VARIANT_TYPE_STRING](into, &string);
	destruct[GDEXTENSION_VARIANT_TYPE_STRING](&string);
}

void *godot_return_array(GDExtensionVariantPtr into, GDExtensionVariantType type, int64_t size) {
	Opaque array;
	construct[type](&array, NULL);
	int64_t outcome = 0;
	GDExtensionConstTypePtr arguments[] = { &size };
	resize[type](&array, arguments, &outcome, 1);
	/* The Variant shares the array; once this one is gone it is the only owner. */
	wrap[type](into, &array);
	destruct[type](&array);
	if (size == 0 || outcome != 0) {
		return NULL;
	}
	switch (type) {
		case GDEXTENSION_VARIANT_TYPE_PACKED_BYTE_ARRAY:
			return byte_items(inside[type](into), 0);
		case GDEXTENSION_VARIANT_TYPE_PACKED_FLOAT32_ARRAY:
			return float_items(inside[type](into), 0);
		default:
			return int_items(inside[type](into), 0);
	}
}

static GDExtensionObjectPtr create_instance(void *class_, GDExtensionBool notify) {
	(void)notify; /* RefCounted waits for no notification of its making. */
	const Class *of = class_;
	Opaque parent = godot_name("RefCounted");
	Opaque name = godot_name(of->name);
	GDExtensionObjectPtr object = construct_object(&parent);
	object_set_instance(object, &name, of->create());
	return object;
}

static void free_instance(void *class_, GDExtensionClassInstancePtr instance) {
	((const Class *)class_)->destroy(instance);
}

static void call(void *entry, GDExtensionClassInstancePtr instance,
		const GDExtensionConstVariantPtr *arguments, GDExtensionInt count,
		GDExtensionVariantPtr result, GDExtensionCallError *error) {
	const MethodEntry *method = entry;
	if (count != method->argument_count) {
		error->error = count < method->argument_count ? GDEXTENSION_CALL_ERROR_TOO_FEW_ARGUMENTS
													  : GDEXTENSION_CALL_ERROR_TOO_MANY_ARGUMENTS;
		error->expected = method->argument_count;
		return;
	}
	for (int i = 0; i < count; i++) {
		GDExtensionVariantType wanted = method->arguments[i];
		if (wanted != GDEXTENSION_VARIANT_TYPE_NIL && wanted != variant_get_type(arguments[i])) {
			error->error = GDEXTENSION_CALL_ERROR_INVALID_ARGUMENT;
			error->argument = i;
			error->expected = wanted;
			return;
		}
	}
	method->call(instance, arguments, result);
}

void godot_register(const Class *class_, const MethodEntry *methods, int count) {
	GDExtensionClassCreationInfo5 info;
	memset(&info, 0, sizeof(info));
	info.is_exposed = 1;
	info.create_instance_func = create_instance;
	info.free_instance_func = free_instance;
	info.class_userdata = (void *)class_;
	Opaque name = godot_name(class_->name);
	Opaque parent = godot_name("RefCounted");
	register_class(own_library, &name, &parent, &info);
	Opaque no_name = godot_name("");
	Opaque no_text = { { 0, 0 } };
	for (int i = 0; i < count; i++) {
		const MethodEntry *entry = &methods[i];
		Opaque method_name = godot_name(entry->name);
		GDExtensionPropertyInfo properties[5];
		GDExtensionClassMethodArgumentMetadata metadata[5];
		memset(metadata, 0, sizeof(metadata));
		for (int j = 0; j <= entry->argument_count; j++) {
			GDExtensionVariantType type = entry->result;
			if (j > 0) {
				type = entry->arguments[j - 1];
			}
			GDExtensionPropertyInfo property = { type, &no_name, &no_name, 0, &no_text, 6 };
			properties[j] = property;
		}
		GDExtensionClassMethodInfo method;
		memset(&method, 0, sizeof(method));
		method.name = &method_name;
		method.method_userdata = (void *)entry;
		method.call_func = call;
		method.method_flags = GDEXTENSION_METHOD_FLAG_NORMAL;
		method.has_return_value = 1;
		method.return_value_info = &properties[0];
		method.argument_count = entry->argument_count;
		method.arguments_info = &properties[1];
		method.arguments_metadata = &metadata[1];
		register_method(own_library, &name, &method);
	}
}

void godot_unregister(const Class *class_) {
	Opaque name = godot_name(class_->name);
	unregister_class(own_library, &name);
}
