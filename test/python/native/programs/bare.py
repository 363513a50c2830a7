"""bare.py: as few modules as a Python has. Prints "ready", and waits."""

import sys


class Widget:
    def __init__(self, number):
        self.name = "name-%d" % number


made = [Widget(number) for number in range(60000)]
cache = {number: made[number] for number in range(0, len(made), 2000)}
del made
print("ready", flush=True)
sys.stdin.readline()
