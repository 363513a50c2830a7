/*
 * record.c - python, with every request to its allocators written down, from the first one on.
 *
 * Compiled by src/record/native.ts against the headers and the library of the interpreter that it stands in for. It takes
 * python's own command line, argv[0] included, and these variables, which the program does not see:
 *
 *     PYMALLOC_RECORD_EVENTS, PYMALLOC_RECORD_NOTES, PYMALLOC_RECORD_SIDE   the files of log.h
 *     PYMALLOC_RECORD_RAW     1: the RAW domain too
 *     PYMALLOC_RECORD_STATS   a file for what the allocator says of itself at each mark, or none; it must be there
 */
#define _GNU_SOURCE
#define PY_SSIZE_T_CLEAN
#include <Python.h>

#include <pthread.h>
#include <stdio.h>

#if PY_VERSION_HEX < 0x03070000
#error "CPython 3.7 or newer"
#endif
#ifdef Py_GIL_DISABLED
#error "a free-threaded build has no pymalloc"
#endif

#include "marks.h"

#if PY_VERSION_HEX < 0x03080000
extern int _Py_UnixMain(int, char **); /* declared for CPython's own files only */
#define Py_BytesMain _Py_UnixMain
#endif

/* The variable, which is then gone; "" where there is none. */
static const char *take_variable(const char *name)
{
    const char *value = getenv(name);
    value = strdup(value ? value : "");
    unsetenv(name);
    return value ? value : "";
}

static int die(const char *what, const char *why)
{
    fprintf(stderr, "pymalloc record: %s: %s\n", what, why);
    return 1;
}

int main(int argc, char **argv)
{
    const char *events_path = take_variable("PYMALLOC_RECORD_EVENTS");
    const char *notes_path = take_variable("PYMALLOC_RECORD_NOTES");
    const char *side_path = take_variable("PYMALLOC_RECORD_SIDE");
    const char *stats_path = take_variable("PYMALLOC_RECORD_STATS");
    int records_raw = *take_variable("PYMALLOC_RECORD_RAW") == '1';

    if (strncmp(Py_GetVersion(), PY_VERSION, strlen(PY_VERSION)) != 0)
        return die("headers of " PY_VERSION ", but the library is", Py_GetVersion());
    if (!open_log(events_path, notes_path, side_path))
        return die("its files cannot be opened", strerror(errno));
    if (*stats_path) {
        if (!_PyObject_DebugMallocStats)
            return die(PY_VERSION, "the library does not export _PyObject_DebugMallocStats, which --stats needs");
        if (!open_stats(stats_path))
            return die(stats_path, strerror(errno));
    }
    if (!change_modules())
        return die("the table of built-in modules", "cannot be changed");
    pthread_atfork(lock, unlock, forget_log);
    atexit(finish_log);
    install_hooks(records_raw);
    control->is_started = 1;
    return Py_BytesMain(argc, argv);
}
