/*
 * marks.h - how the program marks a moment of its trace: sys._debugmallocstats(), which goes on to print what it always does, and
 * mark() of a module `pymalloc` that is built in. Neither needs memory for it.
 */
#ifndef MARKS_H
#define MARKS_H

#include "hooks.h"

extern int _PyObject_DebugMallocStats(FILE *) __attribute__((weak));

/* The allocator's text of a mark is printed into memory, and appended to the file whole or not at all. */
static FILE *stats;
static char stats_text[1 << 16];

/* Whether the file of statistics could be opened; errno says why not. */
static int open_stats(const char *path)
{
    return open_file(&stats_file, path, 0) && (stats = fmemopen(stats_text, sizeof stats_text, "w")) != NULL;
}

/* The file ends before the first text that it cannot take. */
static void write_stats(void)
{
    rewind(stats);
    _PyObject_DebugMallocStats(stats);
    if (fflush(stats) == 0 && append(&stats_file, stats_text, (size_t)ftell(stats)))
        return;
    control->stats_error = (uint32_t)errno;
    fclose(stats);
    stats = NULL;
}

/* The allocator says nothing of itself unless it is the one of OBJ: it is, until `hooked` is put back. */
static void hooks_off(PyMemAllocatorEx *hooked)
{
    PyMem_GetAllocator(PYMEM_DOMAIN_OBJ, hooked);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hooks[DOMAIN_OBJ].real);
}

static void mark_moment(const char *name, size_t length)
{
    lock();
    int is_marked = here.is_recording;
    if (is_marked)
        put_mark(name, length);
    unlock();
    if (is_marked && stats) {
        PyMemAllocatorEx hooked;
        hooks_off(&hooked);
        write_stats();
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hooked);
    }
}

static PyCFunction debugmallocstats;

/* In place of sys._debugmallocstats: a mark, and then what that prints without a recorder. */
static PyObject *marked_debugmallocstats(PyObject *self, PyObject *ignored)
{
    PyMemAllocatorEx hooked;
    mark_moment("", 0);
    hooks_off(&hooked);
    if (hooked.malloc != hook_malloc) /* tracemalloc is in front, and it would be silent */
        PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hooked);
    PyObject *result = debugmallocstats(self, ignored);
    PyMem_SetAllocator(PYMEM_DOMAIN_OBJ, &hooked);
    return result;
}

static PyObject *pymalloc_mark(PyObject *module, PyObject *const *args, Py_ssize_t count, PyObject *keywords)
{
    Py_ssize_t length = 0, named = keywords ? PyTuple_GET_SIZE(keywords) : 0;
    const char *name = "";
    (void)module;
    if (count + named > 1 || (named && PyUnicode_CompareWithASCIIString(PyTuple_GET_ITEM(keywords, 0), "name"))) {
        PyErr_SetString(PyExc_TypeError, "mark() takes one argument, name");
        return NULL;
    }
    PyObject *text = count + named == 1 ? PyObject_Str(args[0]) : NULL, *bytes = NULL;
    if (count + named == 1) {
        if (text == NULL)
            return NULL;
        name = PyUnicode_AsUTF8AndSize(text, &length);
        if (name == NULL) { /* half a surrogate pair */
            PyErr_Clear();
            bytes = PyUnicode_AsEncodedString(text, "utf-8", "replace");
            if (bytes == NULL || PyBytes_AsStringAndSize(bytes, (char **)&name, &length) < 0) {
                Py_XDECREF(bytes);
                Py_DECREF(text);
                return NULL;
            }
        }
    }
    mark_moment(name, (size_t)length);
    Py_XDECREF(bytes);
    Py_XDECREF(text);
    Py_RETURN_NONE;
}

static PyMethodDef pymalloc_methods[] = {
    {"mark", (PyCFunction)(void (*)(void))pymalloc_mark, METH_FASTCALL | METH_KEYWORDS,
     "mark(name='')\n--\n\nLeaves a mark in the trace that is being recorded."},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot pymalloc_slots[] = {
#ifdef Py_mod_multiple_interpreters
    {Py_mod_multiple_interpreters, Py_MOD_PER_INTERPRETER_GIL_SUPPORTED},
#endif
    {0, NULL},
};

static struct PyModuleDef pymalloc_module = {
    PyModuleDef_HEAD_INIT, "pymalloc", "Marks in the trace that pymalloc records.", 0, pymalloc_methods, pymalloc_slots,
    NULL, NULL, NULL,
};

static PyObject *init_pymalloc(void)
{
    return PyModuleDef_Init(&pymalloc_module);
}

/* ---- how they come into the interpreter ------------------------------------------------------------ */

static PyObject *(*init_real_io)(void);

/* PYTHONMALLOC and -X dev put allocators of their own in place of the hooks. */
static int are_hooks_there(void)
{
    uint64_t before = control->events;
    PyObject_Free(PyObject_Malloc(1));
    PyMem_Free(PyMem_Malloc(1));
    return !here.is_recording || control->events >= before + 4;
}

/*
 * In place of the module _io, which every start imports when sys is there and before the program runs. The function behind
 * sys._debugmallocstats is changed in its table: nothing is allocated, and it works for static and shared libraries.
 */
static PyObject *init_io(void)
{
    if (debugmallocstats == NULL) {
        PyObject *function = PySys_GetObject("_debugmallocstats");
        if (!are_hooks_there()) {
            lock();
            stop(STOPPED_REPLACED);
            _exit(1);
        }
        if (function && PyCFunction_Check(function)) {
            PyMethodDef *method = ((PyCFunctionObject *)function)->m_ml;
            debugmallocstats = method->ml_meth;
            method->ml_meth = marked_debugmallocstats;
        }
    }
    return init_real_io();
}

/* Whether both modules could be put into the table, which is read when the interpreter starts. */
static int change_modules(void)
{
    if (PyImport_AppendInittab("pymalloc", init_pymalloc) < 0)
        return 0;
    for (struct _inittab *entry = PyImport_Inittab; entry->name; entry++)
        if (strcmp(entry->name, "_io") == 0) {
            init_real_io = entry->initfunc;
            entry->initfunc = init_io;
            return 1;
        }
    return 0;
}

#endif
