"""heaps.py fork | copies | own STATS: heaps that are easily mistaken. Writes sys._debugmallocstats() to STATS, prints "ready" and its number, and waits."""

import gc
import os
import sys
import time


class One:
    __slots__ = ("a",)


ones = [One() for _ in range(30000)]
for number, one in enumerate(ones):
    one.a = number * 1.5


def fork():
    """A child goes on with half of the objects; its parent waits for it."""
    child = os.fork()
    if child != 0:
        os.waitpid(child, 0)
        os._exit(0)
    del ones[1000:]
    gc.collect()


def copies():
    """Copies of pools in memory that is no arena's, as a checkpoint has them."""
    import ctypes
    import mmap

    size = 16384 if sys.version_info >= (3, 10) else 4096
    pools = sorted({id(one) // size * size for one in ones})[2:60]
    memory = mmap.mmap(-1, size * (len(pools) + 1))
    start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    start = (start + size - 1) // size * size
    for index, pool in enumerate(pools):
        ctypes.memmove(start + index * size, pool, size)
    return memory


def own():
    """A subinterpreter with an allocator of its own, from 3.12 on."""
    code = "keep = [[number + 10**6, 'sub%d' % number] for number in range(20000)]"
    try:
        import _interpreters
    except ImportError:
        import _xxsubinterpreters as _interpreters
    if sys.version_info >= (3, 13):
        _interpreters.exec(_interpreters.create("isolated"), code)
    else:
        _interpreters.run_string(_interpreters.create(isolated=True), code)


def statistics(path):
    sys.stderr.flush()
    saved = os.dup(2)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(file, 2)
    sys._debugmallocstats()
    os.dup2(saved, 2)
    os.close(file)
    os.close(saved)


kept = globals()[sys.argv[1]]()
pid = b"ready\n%d\n" % os.getpid()
statistics(sys.argv[2])
statistics(sys.argv[2])
os.write(1, pid)
time.sleep(600)  # which allocates nothing
