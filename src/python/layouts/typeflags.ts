/** Bits of `tp_flags` (object.h). The lowest five have their meanings from the named version on; other versions leave them 0 or use them otherwise. */

/** 3.13: instances keep attribute values behind `tp_basicsize`. */
export const INLINE_VALUES = 1 << 2;
/** 3.12: the head of the list of weakrefs stands before the instance. */
export const MANAGED_WEAKREF = 1 << 3;
/** 3.11: so does the pointer to the instance's dict. */
export const MANAGED_DICT = 1 << 4;

/** 3.10: attributes of the type cannot be set: it is no `class` statement's. */
export const IMMUTABLETYPE = 1 << 8;
/** The type object was allocated. */
export const HEAPTYPE = 1 << 9;
export const READY = 1 << 12;
/** Objects of the type have a `PyGC_Head` before them. */
export const HAVE_GC = 1 << 14;

/** The type is one of these or a subclass. */
export const LONG_SUBCLASS = 1 << 24;
export const TUPLE_SUBCLASS = 1 << 26;
export const BYTES_SUBCLASS = 1 << 27;
export const UNICODE_SUBCLASS = 1 << 28;
export const DICT_SUBCLASS = 1 << 29;
export const TYPE_SUBCLASS = 1 << 31;
