"""threads.py: three threads and a chain of calls, blocked at known lines. Prints what the interpreter says of its frames, then "ready"."""

import json
import sys
import threading
import time

event = threading.Event()


class Held:
    pass


def worker():
    rows = [Held()]
    event.wait(600)
    return rows


def outer(number):
    big = {"outer": [Held()]}
    return inner(number + 1,
                 big)


def inner(number, held):
    kept = [Held()]
    made = [one for one in finish(kept)]
    return made, number, held


def finish(kept):
    time.sleep(0.3)
    found = []
    for frame in sys._current_frames().values():
        frames = []
        while frame:
            # This function goes on while it is looked at.
            line = 0 if frame.f_code.co_name == "finish" else frame.f_lineno
            frames.append([frame.f_code.co_name, line])
            frame = frame.f_back
        found.append(frames)
    with open(sys.argv[1], "w") as file:
        json.dump(found, file)
    print("ready", flush=True)
    sys.stdin.readline()
    return kept


for _ in range(3):
    threading.Thread(target=worker, daemon=True).start()
outer(1)
