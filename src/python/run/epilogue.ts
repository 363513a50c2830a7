/**
 * What Python does after a program's last line, as CPython's `Py_RunMain` and `Py_FinalizeEx` have it. Run before the program, for it
 * takes note of the modules that are there; `LAST_STEPS`, which it defines, are called after it, one by one, from C: so that no frame of theirs
 * is in a traceback or a warning. The first gets the `SystemExit`, or None, and gives the exit status; the last tells whether stdout could be flushed.
 */
export const LAST_STEPS = ["leave", "collect", "drop", "collect", "clear", "collect", "flush"] as const;

export const EPILOGUE = `
def _define():
    import atexit, gc, sys, weakref

    module_type = type(sys)
    left = []
    before = dict(sys.modules)
    del before["__main__"]

    def flush():
        is_flushed = True
        for name in "stdout", "stderr":
            stream = getattr(sys, name, None)
            try:
                if stream is not None and not getattr(stream, "closed", False):
                    stream.flush()
            except Exception:
                is_flushed = is_flushed and name == "stderr"
        return is_flushed

    def status_of(exception):
        if exception is None or exception.code is None:
            return 0
        if isinstance(exception.code, int):
            return exception.code & 0xFF if -(2**63) <= exception.code < 2**63 else 0xFF
        try:
            print(exception.code, file=sys.stderr)
        except Exception:
            pass
        return 1

    def leave(exception):
        status = status_of(exception)
        atexit._run_exitfuncs()
        return status if flush() else 120

    # Before drop, collect puts what holds before what is held, for the order of finalizers: a text file before its buffer.
    def drop():
        """The program's modules end, and with them what they alone hold, unless it is in a cycle."""
        for name in "last_exc", "last_type", "last_value", "last_traceback":
            sys.__dict__.pop(name, None)
        for name in "stdin", "stdout", "stderr":
            setattr(sys, name, getattr(sys, "__" + name + "__"))
        for name, module in list(sys.modules.items()):
            if isinstance(module, module_type) and module is not before.get(name):
                del sys.modules[name]
                left.append(weakref.ref(module))

    def clear():
        """As _PyModule_Clear, of what is still there: names with one underscore first."""
        for reference in reversed(left):
            names = getattr(reference(), "__dict__", {})
            for is_first in True, False:
                for name in list(names):
                    if name != "__builtins__" and is_first == (name[:1] == "_" and name[1:2] != "_"):
                        names[name] = None

    return leave, gc.collect, drop, clear, flush

leave, collect, drop, clear, flush = _define()
del _define
`;
