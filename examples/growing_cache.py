"""A cache that grows without bound shows between two marks: what grows by the same number after the same work is what leaks.

Each day has the same number of visits. Compare day 2 with day 3: there are 5,000 more Pages, and the two texts that each has. `recent`,
which is bounded, is not there. The table of lines at the end says where they are made.
"""

import pymalloc


class Page:
    def __init__(self, address):
        self.address = address
        self.text = "<h1>" + address + "</h1>"


class Server:
    def __init__(self):
        self.pages = {}
        self.recent = []

    def visit(self, address):
        page = self.pages.get(address)
        if page is None:
            page = self.pages[address] = Page(address)  # and nobody ever takes it out
        self.recent.append(page.text.upper())
        del self.recent[:-100]


server = Server()
for day in 1, 2, 3:
    for number in range(5_000):
        server.visit(f"/day{day}/page{number}")
    pymalloc.mark(f"day {day}")
