/*
 * hooks.h - what stands in front of the allocators, and what of it goes into the trace.
 *
 *         the program
 *     OBJ │     MEM │    RAW │            hooks: one event a request, whatever it takes to serve it
 *         ▼         ▼        ▼
 *     ┌─ pymalloc ─────┐     │
 *     │ arenas ▼ large │     │            requests of an allocator itself pass the hooks by: the flag `inside`
 *     └────────┼───┬───┘     │
 *     arena hook   └────► malloc
 */
#ifndef HOOKS_H
#define HOOKS_H

#include "blocks.h"
#include "log.h"

#if defined(PYMALLOC_USE_HUGEPAGES)
#define ARENA_BYTES ((size_t)2 << 20)
#elif PY_VERSION_HEX >= 0x030a0000 && SIZEOF_VOID_P > 4
#define ARENA_BYTES ((size_t)1 << 20)
#else
#define ARENA_BYTES ((size_t)256 << 10)
#endif
#if PY_VERSION_HEX >= 0x030a0000 && SIZEOF_VOID_P > 4
#define POOL_BYTES ((size_t)16 << 10)
#else
#define POOL_BYTES ((size_t)4 << 10)
#endif

/* ---- what happened to a block, in words of the trace; under the lock ------------------------------ */

static int is_oversized(size_t size)
{
    return (uint64_t)size >> 32 != 0;
}

HOT void block_is_dead(Tag tag)
{
    if (ID_OF(tag) == NO_ID)
        return;
    put_event(OP_FREE, DOMAIN_OF(tag), ID_OF(tag), 0);
    if (DOMAIN_OF(tag) != DOMAIN_RAW)
        control->ops++;
    give_id(ID_OF(tag));
}

/* Notes that the block at `p` is `tag`. A block that already was there has been freed without the hooks. */
HOT void place_block(const void *p, Tag tag)
{
    Tag *at = tag_of(p);
    if (at == NULL)
        return;
    if (*at != 0) {
        control->unseen++;
        block_is_dead(*at);
    }
    *at = tag;
}

/* Takes the block at `p` off the map; 0 where it is not there. */
HOT Tag lift_block(const void *p)
{
    Tag *at = tag_of(p);
    if (at == NULL)
        return 0;
    Tag tag = *at;
    *at = 0;
    return tag;
}

HOT void block_is_born(const void *p, uint32_t op, uint32_t domain, size_t count, size_t size)
{
    size_t bytes = op == OP_CALLOC ? count * size : size; /* no overflow: the request was served */
    if (is_oversized(bytes)) {
        control->oversized++;
        place_block(p, TAG(NO_ID, domain));
        return;
    }
    uint32_t id = take_id();
    if (id == NO_ID)
        return;
    place_block(p, TAG(id, domain));
    if (op == OP_CALLOC) /* a factor that is oversized has 0 for the other */
        put_calloc_note(bytes ? (uint32_t)count : 0, bytes ? (uint32_t)size : 0);
    put_event(op, domain, id, (uint32_t)bytes);
    if (domain != DOMAIN_RAW)
        control->ops++;
}

/* The block `tag` is at `p` now. One that grows out of a trace is freed there, and comes back as a new one. */
static void block_is_resized(const void *p, Tag tag, size_t size)
{
    if (ID_OF(tag) == NO_ID) {
        block_is_born(p, OP_MALLOC, DOMAIN_OF(tag), 1, size);
    } else if (is_oversized(size)) {
        control->oversized++;
        block_is_dead(tag);
        place_block(p, TAG(NO_ID, DOMAIN_OF(tag)));
    } else {
        place_block(p, tag);
        put_event(OP_REALLOC, DOMAIN_OF(tag), ID_OF(tag), (uint32_t)size);
        if (DOMAIN_OF(tag) != DOMAIN_RAW)
            control->ops++;
    }
}

/* ---- the hooks ------------------------------------------------------------------------------------ */

typedef struct {
    PyMemAllocatorEx real;
    uint32_t domain;
} Hook;

static Hook hooks[] = {{{0}, DOMAIN_OBJ}, {{0}, DOMAIN_MEM}, {{0}, DOMAIN_RAW}};

/* Whether this thread is in an allocator: what it asks for now is not the program's request. */
static __thread int inside;

static void *hook_malloc(void *ctx, size_t size)
{
    Hook *hook = ctx;
    if (inside)
        return hook->real.malloc(hook->real.ctx, size);
    inside = 1;
    void *p = hook->real.malloc(hook->real.ctx, size);
    inside = 0;
    lock();
    if (here.is_recording) {
        if (p)
            block_is_born(p, OP_MALLOC, hook->domain, 1, size);
        else
            control->failed++;
    }
    unlock();
    return p;
}

static void *hook_calloc(void *ctx, size_t count, size_t size)
{
    Hook *hook = ctx;
    if (inside)
        return hook->real.calloc(hook->real.ctx, count, size);
    inside = 1;
    void *p = hook->real.calloc(hook->real.ctx, count, size);
    inside = 0;
    lock();
    if (here.is_recording) {
        if (p)
            block_is_born(p, OP_CALLOC, hook->domain, count, size);
        else
            control->failed++;
    }
    unlock();
    return p;
}

/* The block leaves the map before it can move, and its event comes afterwards: meanwhile another thread may get its place. */
static void *hook_realloc(void *ctx, void *old, size_t size)
{
    Hook *hook = ctx;
    if (old == NULL)
        return hook_malloc(ctx, size);
    if (inside)
        return hook->real.realloc(hook->real.ctx, old, size);
    lock();
    Tag tag = here.is_recording ? lift_block(old) : 0;
    unlock();
    inside = 1;
    void *p = hook->real.realloc(hook->real.ctx, old, size);
    inside = 0;
    lock();
    if (here.is_recording) {
        if (p == NULL)
            control->failed++;
        if (tag == 0)
            control->unknown++;
        if (tag && DOMAIN_OF(tag) != hook->domain)
            control->crossed++;
        if (tag && p)
            block_is_resized(p, tag, size);
        else if (tag)
            place_block(old, tag);
    }
    unlock();
    return p;
}

/*
 * The event comes first: once the block is free, another thread may get it. What an allocator frees can be a block that the program
 * asked for, or tracemalloc, which is in front of the hooks and, for RAW, behind pymalloc, too; its own blocks are not on the map.
 */
static void hook_free(void *ctx, void *p)
{
    Hook *hook = ctx;
    int outer = inside;
    if (p) {
        lock();
        Tag tag = here.is_recording ? lift_block(p) : 0;
        if (tag) {
            if (DOMAIN_OF(tag) != hook->domain)
                control->crossed++;
            block_is_dead(tag);
        } else if (!outer && here.is_recording) {
            control->unknown++;
        }
        unlock();
    }
    inside = 1;
    hook->real.free(hook->real.ctx, p);
    inside = outer;
}

static PyObjectArenaAllocator real_arenas;

/* pymalloc asks for arenas while it serves a request. The stacks of frames come from here too, from 3.11 on. */
static void *hook_arena(void *ctx, size_t size)
{
    void *p = real_arenas.alloc(real_arenas.ctx, size);
    (void)ctx;
    if (p && inside && size == ARENA_BYTES) {
        lock();
        if (here.is_recording)
            put_base_note((uint32_t)((uintptr_t)p % POOL_BYTES));
        unlock();
    }
    return p;
}

static void hook_arena_free(void *ctx, void *p, size_t size)
{
    (void)ctx;
    real_arenas.free(real_arenas.ctx, p, size);
}

static void install(PyMemAllocatorDomain domain, Hook *hook)
{
    PyMemAllocatorEx allocator = {hook, hook_malloc, hook_calloc, hook_realloc, hook_free};
    PyMem_GetAllocator(domain, &hook->real);
    PyMem_SetAllocator(domain, &allocator);
}

/* Records RAW only if asked to: that is what every thread may use at any time. */
static void install_hooks(int records_raw)
{
    PyObjectArenaAllocator arenas = {NULL, hook_arena, hook_arena_free};
    PyObject_GetArenaAllocator(&real_arenas);
    PyObject_SetArenaAllocator(&arenas);
    if (records_raw)
        install(PYMEM_DOMAIN_RAW, &hooks[DOMAIN_RAW]);
    install(PYMEM_DOMAIN_MEM, &hooks[DOMAIN_MEM]);
    install(PYMEM_DOMAIN_OBJ, &hooks[DOMAIN_OBJ]);
}

#endif
