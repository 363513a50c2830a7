/**
 * The recorder keeps its files apart from the program's, whatever the program does to descriptors, names and processes: it writes into no
 * file of the program, and its trace is whole or ends with a reason.
 */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { RecordError } from "../../src/record/native.js";
import { readTraceFile } from "../../src/trace/file.js";
import { folder, leftovers, pythons, type Recorded, record } from "./native-pythons.js";
import { replayedStats, withoutArenaMap } from "./replayed-stats.js";

/** `work()` fills the recorder's ring a dozen times. `journals(n)` are n files of the program with 8 bytes each. */
const PREPARE = `
import os, pymalloc, resource, sys
limit = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (1024, limit[1]))
def work():
    for _ in range(10):
        x = [str(i) for i in range(10000)]
def journals(n):
    fds = [os.open("journal-%d" % i, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600) for i in range(n)]
    for fd in fds:
        os.write(fd, b"my data\\n")
    return fds
pymalloc.mark("start")
work()
`;

const END = `
work()
sys._debugmallocstats()
`;

interface Ran extends Recorded {
  /** The program's directory. */
  readonly home: string;
}

/** Records a program between `PREPARE` and `END`, in a directory of its own; the trace goes to another. */
async function ran(text: string, options: Parameters<typeof record>[0] = {}): Promise<Ran> {
  const home = mkdtempSync(join(folder, "home-"));
  const ready = mkdtempSync(join(folder, "out-"));
  const recorded = await record({
    text: PREPARE + text + END,
    cwd: home,
    output: join(ready, "t.pytrace"),
    ...options,
  });
  return { ...recorded, home };
}

/** Every journal is as the program left it. */
function expectJournals(home: string, count: number): void {
  const names = readdirSync(home).filter((name) => name.startsWith("journal"));
  expect(names).toHaveLength(count);
  for (const name of names) expect(readFileSync(join(home, name), "latin1")).toBe("my data\n");
}

/** The trace has the whole program, to its last mark. */
function expectWhole({ recording, trace }: Recorded): void {
  expect(recording).toMatchObject({ status: 0, cutOff: null, statsCutOff: null });
  expect([trace.marks[0], trace.marks.at(-1)]).toEqual(["start", ""]);
  expect(trace.words.length / 2).toBe(recording.events);
  expect(recording.events).toBeGreaterThan(400_000);
}

/** The program ran to its end, and the trace has what came before `reason`. */
function expectCutOff({ recording, trace, stdout }: Recorded, reason: string): void {
  expect(recording).toMatchObject({ status: 0, cutOff: reason });
  expect(trace.marks).toEqual(["start"]);
  expect(recording.events).toBeGreaterThan(200_000);
  expect(stdout).toBe("end\n");
}

const CLOSED = "the program closed the recorder's file, which cannot be opened again";
const CHANGED = "the program removed or changed the recorder's file";

describe.skipIf(pythons.length === 0)("a program that closes what it did not open", () => {
  it.each(pythons)("$name: and takes all numbers for its own files", async ({ path }) => {
    const stats = join(folder, "stats");
    const text = `
os.chdir("/")
os.closerange(3, 1024)
os.chdir(sys.argv[1])
dups = [os.dup(1) for _ in range(1024 - 80)]
fds = journals(60)
work()
pymalloc.mark("with files")
for fd in dups: os.close(fd)
`;
    const home = mkdtempSync(join(folder, "journals-"));
    const recorded = await ran(text, { python: path, args: [home], stats });
    expectJournals(home, 60);
    expectWhole(recorded);
    const { trace, recording } = recorded;
    expect(trace.marks).toEqual(["start", "with files", ""]);
    expect(withoutArenaMap(replayedStats(trace, recording.recordedBy))).toBe(
      withoutArenaMap(readFileSync(stats, "utf8")),
    );
  });

  it("and puts its own file behind each of them", async () => {
    const recorded = await ran(`
own = journals(1)[0]
for _ in range(3):
    for fd in map(int, os.listdir("/proc/self/fd")):
        if fd > 2 and fd != own:
            os.dup2(own, fd)
    work()
`);
    expectJournals(recorded.home, 1);
    expectWhole(recorded);
  });

  it("and the standard ones too, whose numbers its next files get", async () => {
    const recorded = await ran(`
os.closerange(0, 1024)
work()
fds = journals(3)
work()
open("numbers", "w").write(repr(fds))
`);
    expect(readFileSync(join(recorded.home, "numbers"), "utf8")).toBe("[0, 1, 2]");
    rmSync(join(recorded.home, "numbers"));
    // The statistics of END went to the program's stderr, which is journal 2.
    expect(readFileSync(join(recorded.home, "journal-2"), "latin1")).toMatch(/^my data\nSmall block threshold = 512/);
    writeFileSync(join(recorded.home, "journal-2"), "my data\n");
    expectJournals(recorded.home, 3);
    expectWhole(recorded);
  });

  it("and leaves none to open a file with", async () => {
    const recorded = await ran(`
last = journals(1)[0]
os.closerange(last + 1, 1024)
resource.setrlimit(resource.RLIMIT_NOFILE, (last + 1, limit[1]))
work()
print("end")
`);
    expectJournals(recorded.home, 1);
    expectCutOff(recorded, `${CLOSED} (EMFILE)`);
  });

  it("again and again, in another thread", async () => {
    const recorded = await ran(`
import threading
ends = False
def close():
    while not ends:
        os.closerange(60, 1024)
thread = threading.Thread(target=close)
thread.start()
for _ in range(5): work()
ends = True
thread.join()
`);
    expectWhole(recorded);
  });
});

describe.skipIf(pythons.length === 0)("a program that removes the recorder's files", () => {
  const FILES = `
out = sys.argv[1]
names = [os.path.join(out, name) for name in os.listdir(out)]
assert len(names) == 2, names
`;
  const out = (): string => mkdtempSync(join(folder, "removed-"));

  it("has a whole trace as long as they are open", async () => {
    const to = out();
    const recorded = await ran(
      `${FILES}
for name in names: os.unlink(name)
`,
      { args: [to], output: join(to, "t.pytrace") },
    );
    expectWhole(recorded);
    expect(readdirSync(to)).toEqual(["t.pytrace"]);
  });

  it("and closes them, has the trace up to there", async () => {
    const to = out();
    const recorded = await ran(
      `${FILES}
for name in names: os.unlink(name)
os.closerange(3, 1024)
work()
print("end")
`,
      { args: [to], output: join(to, "t.pytrace") },
    );
    expectCutOff(recorded, `${CHANGED} (ENOENT)`);
    expect(readdirSync(to)).toEqual(["t.pytrace"]);
  });

  it("and gives others their names, keeps those", async () => {
    const to = out();
    const recorded = await ran(
      `${FILES}
for name in names:
    os.unlink(name)
    with open(name, "w") as file: file.write("my data\\n")
os.closerange(3, 1024)
work()
print("end")
`,
      { args: [to], output: join(to, "t.pytrace") },
    );
    expectCutOff(recorded, `${CHANGED} (ESTALE)`);
    const others = readdirSync(to).filter((name) => name !== "t.pytrace");
    expect(others).toHaveLength(2);
    for (const name of others) expect(readFileSync(join(to, name), "latin1")).toBe("my data\n");
  });

  it("or writes into them, has the trace up to there", async () => {
    const to = out();
    const recorded = await ran(
      `${FILES}
for name in names:
    with open(name, "ab") as file: file.write(b"x" * 100)
work()
print("end")
`,
      { args: [to], output: join(to, "t.pytrace") },
    );
    expectCutOff(recorded, `${CHANGED} (ESTALE)`);
  });

  it("with their directory, has the trace elsewhere", async () => {
    const to = join(out(), "inner");
    mkdirSync(to);
    const output = join(to, "t.pytrace");
    const error = await ran("import shutil\nshutil.rmtree(sys.argv[1])\n", { args: [to], output }).catch((e) => e);
    expect(error).toBeInstanceOf(RecordError);
    const { message } = error as RecordError;
    const [, path] = /^.*t\.pytrace: cannot be written: no such directory; the trace is in (\S+)$/.exec(message) ?? [];
    expect(path).toBe(join(tmpdir(), basename(path)));
    onTestFinished(() => rmSync(path));
    expect((await readTraceFile(path)).trace.marks).toEqual(["start", ""]);
  });

  it.runIf(process.getuid?.() === 0)(
    "or leaves them behind by chroot(), has the trace as far as it can be written",
    async () => {
      const open = await ran('os.chroot(".")\nwork()\n');
      expectWhole(open);
      const closed = await ran('os.chroot(".")\nos.closerange(3, 1024)\nwork()\nprint("end")\n');
      expectCutOff(closed, `${CHANGED} (ENOENT)`);
    },
  );
});

describe.skipIf(pythons.length === 0)("a child writes nothing into its parent's files", () => {
  it("when it becomes a daemon, which keeps none of them open", async () => {
    const { home, ...recorded } = await ran(`
if os.fork() == 0:
    os.setsid()
    if os.fork() > 0:
        os._exit(0)
    links = []
    for fd in range(3, 1024):
        try: links.append(os.readlink("/proc/self/fd/%d" % fd))
        except OSError: pass
    os.closerange(0, 1024)
    os.open(os.devnull, os.O_RDWR); os.dup(0); os.dup(0)
    fds = journals(1000)
    work(); work()
    pymalloc.mark("daemon")
    with open("links.new", "w") as file: file.write(repr([link for link in links if "t.pytrace" in link]))
    os.rename("links.new", "links")
    os._exit(0)
`);
    expectWhole(recorded);
    expect(recorded.trace.marks).toEqual(["start", ""]);
    while (!existsSync(join(home, "links"))) await new Promise((resolve) => setTimeout(resolve, 20));
    expect(readFileSync(join(home, "links"), "utf8")).toBe("[]");
    expectJournals(home, 1000);
  });

  it("also when no library knows of the fork", async () => {
    const recorded = await ran(`
import ctypes, platform, signal
clone = {"x86_64": 56, "aarch64": 220}[platform.machine()]
child = ctypes.CDLL(None).syscall(clone, signal.SIGCHLD, 0, 0, 0, 0)
work()
if child == 0:
    pymalloc.mark("child")
    os._exit(0)
os.waitpid(child, 0)
`);
    expectWhole(recorded);
    expect(recorded.trace.marks).toEqual(["start", ""]);
  });
});

it.skipIf(pythons.length === 0)("nothing is left behind", () => expect(leftovers()).toEqual([]));
