/**
 * What Python is told before a program: run before the heap is attached, so that nothing of it is in the program's numbers.
 *
 * `prepare` makes of Pyodide's interpreter one as `python SCRIPT` has it: nothing of JavaScript can be imported, an event loop that
 * needs none runs `asyncio`, `__main__` is empty. The loop goes on after a signal, whose handler may have made callbacks ready. No frame of
 * this is ever in a traceback.
 */
export const PROLOGUE = `
def _define():
    import asyncio, gc, linecache, os, sys, time, zipimport
    from asyncio import base_events, events

    wait = time.__dict__.pop("_wait", None)

    class _Selector:
        def select(self, timeout):
            if timeout is None:
                raise RuntimeError("the event loop waits for something that no timer brings about")
            if timeout > 0:
                (wait or time.sleep)(timeout)
            return []

    class EventLoop(base_events.BaseEventLoop):
        """Timers and callbacks; there are no sockets, no threads and no signals to wait for."""

        def __init__(self):
            super().__init__()
            self._selector = _Selector()

        def _process_events(self, events):
            pass

        def _write_to_self(self):
            pass

    class EventLoopPolicy(events._BaseDefaultEventLoopPolicy):
        _loop_factory = EventLoop

    def name_sources():
        """A module is called by its source, as where the bytecode is in __pycache__, and not beside it in a zip file."""
        for files in zipimport._zip_directory_cache.values():
            for name, (path, *entry) in files.items():
                if name.endswith(".pyc"):
                    files[name] = (path[:-1], *entry)
        for module in list(sys.modules.values()):
            file = getattr(module, "__file__", None) or ""
            if file.startswith("/lib/") and file.endswith(".pyc"):
                spec = module.__spec__
                module.__file__ = spec.origin = file[:-1]
                spec.cached = None
                module.__cached__ = spec.cached

    def prepare(argv, path, file, folder, source):
        for module, name in (asyncio, "run"), (time, "sleep"):  # Pyodide wraps these
            function = getattr(module, name)
            setattr(module, name, getattr(function, "__wrapped__", function))
        events._set_running_loop(None)
        events._set_event_loop_policy(EventLoopPolicy())
        for finder in list(sys.meta_path):
            if type(finder).__module__.startswith(("_pyodide", "pyodide")):
                sys.meta_path.remove(finder)
        for name in ("js", *sys.modules):
            if name.partition(".")[0] in ("js", "pyodide", "_pyodide", "pyodide_js", "_pyodide_core"):
                sys.modules[name] = None
        main = sys.modules["__main__"]
        for holder in gc.get_referrers(main):  # Pyodide's own: with them it would never end
            if isinstance(holder, dict) and holder is not sys.modules:
                for name in [name for name, value in holder.items() if value is main]:
                    del holder[name]
        names = main.__dict__
        for name in list(names):
            if name not in ("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__builtins__"):
                del names[name]
        if file is not None:
            names["__file__"] = file
        if source is not None:
            linecache.cache["<string>"] = len(source), None, source.splitlines(True), "<string>"
        name_sources()
        sys.argv[:] = argv
        sys.executable = sys._base_executable = "/usr/bin/python3"  # else a path of this machine
        sys.orig_argv[:] = ["python3", *argv]
        sys.path[0] = path
        os.chdir(folder)
        gc.collect()

    return prepare

prepare = _define()
del _define
`;
