/*
 * Offsets of CPython's structures, as constants that a compiler writes into its assembly: nothing of this is run, so the target may be
 * any. layouts.mjs reads them back.
 *
 *     AT(type, PyTypeObject, tp_name)    ->    const int AT_type__tp_name = BIAS + offsetof(PyTypeObject, tp_name);
 *
 * A field is called what the newest version calls it: AS(group, name, structure, member) says what an older one does.
 */
#define Py_BUILD_CORE 1
#include <Python.h>
#include <stddef.h>
#include <frameobject.h>
#include <structmember.h>
#if PY_VERSION_HEX >= 0x03080000
#include <internal/pycore_pystate.h>
#else
#include <internal/pystate.h>
#include <internal/mem.h>
#endif
#if PY_VERSION_HEX >= 0x03090000
#include <internal/pycore_gc.h>
#include <internal/pycore_interp.h>
#include <internal/pycore_runtime.h>
#endif
#if PY_VERSION_HEX >= 0x030a0000
#include <internal/pycore_moduleobject.h>
#endif
#if PY_VERSION_HEX >= 0x030b0000
#include <internal/pycore_dict.h>
#include <internal/pycore_frame.h>
#endif
#if PY_VERSION_HEX >= 0x030e0000
#include <internal/pycore_code.h>
#include <internal/pycore_interpframe_structs.h>
#endif

/* So that no constant is 0, which some assemblers write in another way. */
#define BIAS 1000000
#define NUMBER(group, name, value) const int AT_##group##__##name = BIAS + (int)(value);
#define AS(group, name, structure, member) NUMBER(group, name, offsetof(structure, member))
#define AT(group, structure, member) AS(group, member, structure, member)
#define SIZE(group, structure) NUMBER(group, size, sizeof(structure))

NUMBER(version, hex, PY_VERSION_HEX >> 8)
NUMBER(version, wordBytes, sizeof(void *))

AT(object, PyObject, ob_type)
AT(object, PyVarObject, ob_size)
SIZE(gcHead, PyGC_Head)

AT(type, PyTypeObject, tp_name)
AT(type, PyTypeObject, tp_basicsize)
AT(type, PyTypeObject, tp_itemsize)
AT(type, PyTypeObject, tp_flags)
AT(type, PyTypeObject, tp_weaklistoffset)
AT(type, PyTypeObject, tp_members)
AT(type, PyTypeObject, tp_base)
AT(type, PyTypeObject, tp_dict)
AT(type, PyTypeObject, tp_dictoffset)
AT(type, PyTypeObject, tp_bases)
AT(type, PyTypeObject, tp_mro)
AT(type, PyTypeObject, tp_cache)
AT(type, PyTypeObject, tp_subclasses)
AT(type, PyTypeObject, tp_weaklist)
SIZE(type, PyTypeObject)
AT(heapType, PyHeapTypeObject, ht_name)
AT(heapType, PyHeapTypeObject, ht_slots)
AT(heapType, PyHeapTypeObject, ht_qualname)
AT(heapType, PyHeapTypeObject, ht_cached_keys)
#if PY_VERSION_HEX >= 0x03090000
AT(heapType, PyHeapTypeObject, ht_module)
#endif
SIZE(heapType, PyHeapTypeObject)

AT(dict, PyDictObject, ma_used)
AT(dict, PyDictObject, ma_keys)
AT(dict, PyDictObject, ma_values)
SIZE(dict, PyDictObject)
#if PY_VERSION_HEX >= 0x030b0000
AT(keys, struct _dictkeysobject, dk_log2_size)
AT(keys, struct _dictkeysobject, dk_log2_index_bytes)
AT(keys, struct _dictkeysobject, dk_kind)
AT(keys, struct _dictkeysobject, dk_usable)
AT(keys, struct _dictkeysobject, dk_nentries)
AT(keys, struct _dictkeysobject, dk_indices)
AT(values, struct _dictvalues, values)
#endif
#if PY_VERSION_HEX >= 0x030d0000
AT(values, struct _dictvalues, capacity)
AT(values, struct _dictvalues, size)
AT(values, struct _dictvalues, embedded)
AT(values, struct _dictvalues, valid)
#endif
AT(list, PyListObject, ob_item)
AT(list, PyListObject, allocated)
SIZE(list, PyListObject)
AT(tuple, PyTupleObject, ob_item)
AT(set, PySetObject, fill)
AT(set, PySetObject, used)
AT(set, PySetObject, mask)
AT(set, PySetObject, table)
AT(set, PySetObject, smalltable)
SIZE(set, PySetObject)
SIZE(setEntry, setentry)
AT(bytes, PyBytesObject, ob_sval)
AT(bytearray, PyByteArrayObject, ob_alloc)
AT(bytearray, PyByteArrayObject, ob_bytes)
SIZE(bytearray, PyByteArrayObject)
AT(str, PyASCIIObject, length)
AT(str, PyASCIIObject, hash)
AT(str, PyASCIIObject, state)
AT(str, PyCompactUnicodeObject, utf8_length)
AT(str, PyCompactUnicodeObject, utf8)
AT(str, PyUnicodeObject, data)
NUMBER(str, asciiSize, sizeof(PyASCIIObject))
NUMBER(str, compactSize, sizeof(PyCompactUnicodeObject))
SIZE(str, PyUnicodeObject)
#if PY_VERSION_HEX < 0x030c0000
AT(str, PyASCIIObject, wstr)
AT(int, PyLongObject, ob_digit)
#else
AS(int, lv_tag, PyLongObject, long_value.lv_tag)
AS(int, ob_digit, PyLongObject, long_value.ob_digit)
#endif
AT(float, PyFloatObject, ob_fval)

AT(function, PyFunctionObject, func_globals)
#if PY_VERSION_HEX >= 0x030a0000
AT(function, PyFunctionObject, func_builtins)
#endif
AT(function, PyFunctionObject, func_name)
AT(function, PyFunctionObject, func_qualname)
AT(function, PyFunctionObject, func_code)
AT(function, PyFunctionObject, func_defaults)
AT(function, PyFunctionObject, func_kwdefaults)
AT(function, PyFunctionObject, func_closure)
AT(function, PyFunctionObject, func_doc)
AT(function, PyFunctionObject, func_dict)
AT(function, PyFunctionObject, func_weakreflist)
AT(function, PyFunctionObject, func_module)
AT(function, PyFunctionObject, func_annotations)
#if PY_VERSION_HEX >= 0x030c0000
AT(function, PyFunctionObject, func_typeparams)
#endif
#if PY_VERSION_HEX >= 0x030e0000
AT(function, PyFunctionObject, func_annotate)
#endif
AT(method, PyMethodObject, im_func)
AT(method, PyMethodObject, im_self)
AT(cfunction, PyCFunctionObject, m_self)
AT(cfunction, PyCFunctionObject, m_module)
AT(cfunction, PyCFunctionObject, m_weakreflist)
AT(cell, PyCellObject, ob_ref)
AT(weakref, PyWeakReference, wr_callback)
SIZE(weakref, PyWeakReference)
AS(descr, d_type, PyMemberDescrObject, d_common.d_type)
AT(memberDescr, PyMemberDescrObject, d_member)
AT(memberDef, PyMemberDef, name)
AT(memberDef, PyMemberDef, type)
AT(memberDef, PyMemberDef, offset)
SIZE(memberDef, PyMemberDef)
#if PY_VERSION_HEX >= 0x030a0000
AT(module, PyModuleObject, md_dict)
#if PY_VERSION_HEX < 0x030f0000
AT(module, PyModuleObject, md_def)
#endif
AT(module, PyModuleObject, md_state)
AT(module, PyModuleObject, md_weaklist)
AT(module, PyModuleObject, md_name)
AT(moduleDef, PyModuleDef, m_size)
#endif

AT(code, PyCodeObject, co_consts)
AT(code, PyCodeObject, co_names)
AT(code, PyCodeObject, co_filename)
AT(code, PyCodeObject, co_name)
AT(code, PyCodeObject, co_firstlineno)
AT(code, PyCodeObject, co_weakreflist)
AT(code, PyCodeObject, co_extra)
#if PY_VERSION_HEX < 0x030b0000
AT(code, PyCodeObject, co_nlocals)
AT(code, PyCodeObject, co_varnames)
AT(code, PyCodeObject, co_freevars)
AT(code, PyCodeObject, co_cellvars)
AT(code, PyCodeObject, co_code)
#if PY_VERSION_HEX < 0x030a0000
AS(code, co_linetable, PyCodeObject, co_lnotab)
#else
AT(code, PyCodeObject, co_linetable)
#endif
AT(frame, PyFrameObject, f_back)
AT(frame, PyFrameObject, f_code)
AT(frame, PyFrameObject, f_globals)
AT(frame, PyFrameObject, f_builtins)
AT(frame, PyFrameObject, f_locals)
AT(frame, PyFrameObject, f_trace)
AT(frame, PyFrameObject, f_lasti)
AT(frame, PyFrameObject, f_localsplus)
AS(thread, frame, PyThreadState, frame)
#else
AT(code, PyCodeObject, co_qualname)
AT(code, PyCodeObject, co_linetable)
AT(code, PyCodeObject, co_exceptiontable)
AT(code, PyCodeObject, co_localsplusnames)
AT(code, PyCodeObject, co_localspluskinds)
AT(code, PyCodeObject, co_nlocalsplus)
AT(code, PyCodeObject, co_code_adaptive)
AT(frame, PyFrameObject, f_back)
AT(frame, PyFrameObject, f_frame)
AT(frame, PyFrameObject, f_trace)
AS(frame, f_frame_data, PyFrameObject, _f_frame_data)
#if PY_VERSION_HEX < 0x030c0000
AS(iframe, f_funcobj, _PyInterpreterFrame, f_func)
#else
AT(iframe, _PyInterpreterFrame, f_funcobj)
#endif
#if PY_VERSION_HEX < 0x030d0000
AS(iframe, f_executable, _PyInterpreterFrame, f_code)
AS(iframe, instr_ptr, _PyInterpreterFrame, prev_instr)
AT(thread, PyThreadState, cframe)
AT(cframe, _PyCFrame, current_frame)
#else
AT(iframe, _PyInterpreterFrame, f_executable)
AT(iframe, _PyInterpreterFrame, instr_ptr)
AT(thread, PyThreadState, current_frame)
AT(frame, PyFrameObject, f_extra_locals)
AT(frame, PyFrameObject, f_locals_cache)
#endif
#if PY_VERSION_HEX < 0x030e0000
AT(iframe, _PyInterpreterFrame, stacktop)
#else
AT(iframe, _PyInterpreterFrame, stackpointer)
AT(frame, PyFrameObject, f_overwritten_fast_locals)
#endif
AT(iframe, _PyInterpreterFrame, previous)
AT(iframe, _PyInterpreterFrame, f_globals)
AT(iframe, _PyInterpreterFrame, f_locals)
AT(iframe, _PyInterpreterFrame, frame_obj)
AT(iframe, _PyInterpreterFrame, owner)
AT(iframe, _PyInterpreterFrame, localsplus)
AT(generator, PyGenObject, gi_iframe)
AT(generator, PyGenObject, gi_frame_state)
#endif
AT(generator, PyGenObject, gi_name)
AT(generator, PyGenObject, gi_qualname)

AT(thread, PyThreadState, next)
AT(thread, PyThreadState, interp)
SIZE(thread, PyThreadState)
AT(interpreter, PyInterpreterState, next)
AT(interpreter, PyInterpreterState, sysdict)
AT(interpreter, PyInterpreterState, builtins)
#if PY_VERSION_HEX < 0x030b0000
AS(interpreter, threads_head, PyInterpreterState, tstate_head)
#else
AS(interpreter, threads_head, PyInterpreterState, threads.head)
#endif
#if PY_VERSION_HEX < 0x030c0000
AT(interpreter, PyInterpreterState, modules)
#else
AS(interpreter, modules, PyInterpreterState, imports.modules)
#endif
#if PY_VERSION_HEX >= 0x03090000
AT(interpreter, PyInterpreterState, gc)
#endif
SIZE(interpreter, PyInterpreterState)
