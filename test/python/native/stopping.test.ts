/** An inspected process goes on, whatever happens to the inspector; one that was stopped before stays stopped. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { inspectedPythons } from "../../record/native-pythons.js";
import { Target } from "./target.js";

const CLI = fileURLToPath(new URL("../../../dist/src/cli/main.js", import.meta.url));
const python = inspectedPythons[inspectedPythons.length - 1]?.path ?? "";
const KILLS = 200;
/** Milliseconds that an inspection of a small process takes at most up to its end. */
const SPAN = 700;
/** How long a process that is let go on may still look stopped. */
const PATIENCE = 5000;

function stateOf(pid: number): string {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return text.slice(text.lastIndexOf(")") + 2)[0];
}

const isStopped = (pid: number): boolean => "Tt".includes(stateOf(pid));

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function goesOn(pid: number): Promise<boolean> {
  for (let waited = 0; waited < PATIENCE; waited += 5) {
    if (!isStopped(pid)) return true;
    await sleep(5);
  }
  return false;
}

/** Inspects `pid`, and sends `signal` to the inspector after `ms`. Resolves to whether the target was seen stopped. */
async function interrupted(pid: number, signal: NodeJS.Signals, ms: number): Promise<boolean> {
  const inspector = spawn(process.execPath, [CLI, "inspect", String(pid)], { stdio: "ignore" });
  const ended = once(inspector, "exit");
  await sleep(ms);
  const wasStopped = isStopped(pid);
  inspector.kill(signal);
  await ended;
  return wasStopped;
}

describe.skipIf(inspectedPythons.length === 0)("an inspected process", () => {
  it("goes on when the inspector is killed, at any time", async () => {
    const target = await Target.start(python, ["owners.py", "one_dict"]);
    const signals: NodeJS.Signals[] = ["SIGKILL", "SIGINT", "SIGTERM", "SIGHUP"];
    let [seenStopped, stuck] = [0, 0];
    for (let kill = 0; kill < KILLS; kill++) {
      const ms = (SPAN * ((kill * 7919) % KILLS)) / KILLS;
      if (await interrupted(target.pid, signals[kill % signals.length], ms)) seenStopped++;
      if (!(await goesOn(target.pid))) stuck++;
    }
    expect(stuck).toBe(0);
    expect(seenStopped).toBeGreaterThan(0);
    await target.execute("pass");
    await target.stop();
  }, 600_000);

  it("stays stopped if it was", async () => {
    const target = await Target.start(python, ["owners.py", "one_dict"]);
    process.kill(target.pid, "SIGSTOP");
    while (!isStopped(target.pid)) await sleep(1);
    const inspector = spawn(process.execPath, [CLI, "inspect", String(target.pid)], { stdio: "ignore" });
    const [status] = await once(inspector, "exit");
    expect(status).toBe(0);
    await interrupted(target.pid, "SIGKILL", 300);
    await sleep(100);
    expect(isStopped(target.pid)).toBe(true);
    process.kill(target.pid, "SIGCONT");
    await target.execute("pass");
    await target.stop();
  });

  it("is equal, inspected twice while stopped", async () => {
    const target = await Target.start(python, ["owners.py", "families"]);
    process.kill(target.pid, "SIGSTOP");
    while (!isStopped(target.pid)) await sleep(1);
    const [first, second] = [await target.graph(), await target.graph()];
    expect(second.graph.report()).toEqual(first.graph.report());
    await target.stop();
  });
});
