/*
 * native.c - the benchmark's loop on native allocators: the C library's, or, where compiled with -DWITH_PYTHON against an
 * interpreter's headers and library, that interpreter's PyObject_Malloc and its relatives.
 *
 *     native libc|pymalloc EVENTS ID_COUNT PASSES
 *
 * EVENTS is a file of 8-byte events, as in assembly/replay/replay.ts. Prints one line a pass, the first on a cold heap: nanoseconds an
 * event; then "peak N", how many bytes the resident set grew to.
 */
#define _GNU_SOURCE
#ifdef WITH_PYTHON
#include <Python.h>
#endif
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { MALLOC, CALLOC, REALLOC, FREE };

typedef struct {
    uint32_t word, nbytes;
} Event;

static Event *events;
static size_t event_count;
static void **slots;

static void die(const char *what)
{
    fprintf(stderr, "native: %s\n", what);
    exit(1);
}

#define LOOP(malloc_, calloc_, realloc_, free_)                                  \
    for (const Event *e = events, *end = events + event_count; e < end; e++) {   \
        void **slot = &slots[e->word >> 5];                                      \
        void *p;                                                                 \
        uint32_t op = e->word & 7;                                               \
        if (op == FREE) {                                                        \
            free_(*slot);                                                        \
            continue;                                                            \
        }                                                                        \
        if (op == REALLOC)                                                       \
            p = realloc_(*slot, e->nbytes);                                      \
        else if (op == CALLOC)                                                   \
            p = calloc_(1, e->nbytes);                                           \
        else                                                                     \
            p = malloc_(e->nbytes);                                              \
        if (p == NULL)                                                           \
            die("a request failed");                                             \
        *slot = p;                                                               \
    }

/* 0 bytes give a block of their own, as everywhere here. */
static void *c_malloc(size_t n) { return malloc(n ? n : 1); }
static void *c_calloc(size_t n, size_t unit) { return n && unit ? calloc(n, unit) : calloc(1, 1); }
static void *c_realloc(void *p, size_t n) { return realloc(p, n ? n : 1); }

#ifdef WITH_PYTHON
#if PY_VERSION_HEX < 0x03050000
static void *py_calloc(size_t n, size_t unit)
{
    void *p = PyObject_Malloc(n * unit);
    return p ? memset(p, 0, n * unit) : p;
}
#define PyObject_Calloc py_calloc
#endif

/* From 3.12 pymalloc's state belongs to an interpreter. It is as small as can be: what it uses of pymalloc itself is a constant. */
static void start_python(void)
{
    unsetenv("PYTHONMALLOC");
#if PY_VERSION_HEX >= 0x030c0000
    PyConfig config;
    PyConfig_InitIsolatedConfig(&config);
    config.site_import = 0;
#ifdef PYTHON_HOME
    PyConfig_SetBytesString(&config, &config.home, PYTHON_HOME);
#endif
    if (PyStatus_Exception(Py_InitializeFromConfig(&config)))
        die("no interpreter");
    PyConfig_Clear(&config);
#endif
}
#endif

/* A line of /proc/self/status in bytes: the resident set, VmRSS, or the most that it was, VmHWM; 0 where there is none. */
static long status_bytes(const char *field)
{
    char line[256];
    long kib = 0;
    FILE *file = fopen("/proc/self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (!strncmp(line, field, strlen(field)))
            kib = strtol(line + strlen(field) + 1, NULL, 10);
    if (file)
        fclose(file);
    return kib * 1024;
}

/* Makes VmHWM start again from what is resident now. */
static void forget_peak(void)
{
    FILE *file = fopen("/proc/self/clear_refs", "w");
    if (file) {
        fputs("5", file);
        fclose(file);
    }
}

static void load(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END))
        die("cannot read the events");
    event_count = (size_t)ftell(file) / sizeof *events;
    rewind(file);
    events = malloc(event_count * sizeof *events);
    if (events == NULL || fread(events, sizeof *events, event_count, file) != event_count)
        die("cannot read the events");
    fclose(file);
}

int main(int argc, char **argv)
{
    if (argc != 5)
        die("usage: native libc|pymalloc EVENTS ID_COUNT PASSES");
    int is_python = !strcmp(argv[1], "pymalloc");
    size_t id_count = strtoul(argv[3], NULL, 10);
    load(argv[2]);
    slots = malloc((id_count + 1) * sizeof *slots);
    memset(slots, 1, (id_count + 1) * sizeof *slots);
#ifdef WITH_PYTHON
    if (is_python)
        start_python();
#else
    if (is_python)
        die("compiled without an interpreter");
#endif
    forget_peak();
    long before = status_bytes("VmRSS");
    for (long passes = strtol(argv[4], NULL, 10); passes > 0; passes--) {
        struct timespec t0, t1;
        clock_gettime(CLOCK_MONOTONIC, &t0);
#ifdef WITH_PYTHON
        if (is_python)
            LOOP(PyObject_Malloc, PyObject_Calloc, PyObject_Realloc, PyObject_Free)
        else
#endif
            LOOP(c_malloc, c_calloc, c_realloc, free)
        clock_gettime(CLOCK_MONOTONIC, &t1);
        printf("%.3f\n", ((double)(t1.tv_sec - t0.tv_sec) * 1e9 + (double)(t1.tv_nsec - t0.tv_nsec)) / (double)event_count);
    }
    printf("peak %ld\n", status_bytes("VmHWM") - before);
    fflush(stdout);
    _Exit(0);
}
