/** A page of the lab with a script in its editor, in a browser of its own. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { LabServer } from "../../../src/lab/server.js";
import { type Lab, LabPage, plainHost, startLab } from "./page-browser.js";

/** For as long as a run may take on a busy machine, Pyodide's start included. */
export const LONG = 240_000;

export const FOREVER = `
kept = []
print("loops")
while sum(range(1000)):
    kept.append([len(kept)])
    if len(kept) > 50_000:
        kept.clear()
`;

/** Milliseconds within which a page that is not frozen does what it is asked, however busy the machine. */
export const ANSWER_MS = 60_000;

/** A page whose editor holds a script. */
export class ScriptPage {
  constructor(readonly shown: LabPage) {}

  get page() {
    return this.shown.page;
  }

  get output(): Promise<string> {
    return this.page
      .getByTestId("output")
      .textContent({ timeout: ANSWER_MS })
      .then((text) => text ?? "");
  }

  async write(code: string): Promise<void> {
    await this.page.locator(".cm-content").fill(code);
  }

  press(name: "Run" | "Stop" | "End the interpreter"): Promise<void> {
    return this.page.getByRole("button", { name, exact: true }).click({ timeout: ANSWER_MS });
  }

  async status(status: "idle" | "loading" | "running" | "stopping" | "unheeded"): Promise<void> {
    await this.page.locator(`.editor-bar[data-status=${status}]`).waitFor({ timeout: LONG });
  }

  /** Until the script has printed `text`. */
  async printed(text: string): Promise<void> {
    const hasPrinted = (text: string) => document.querySelector("[data-testid=output]")?.textContent?.includes(text);
    await this.page.waitForFunction(hasPrinted, text, { timeout: LONG });
  }

  /** Until the run is over, and what was recorded is open. */
  async ended(): Promise<void> {
    await this.status("idle");
    await this.shown.settled();
  }

  async run(): Promise<void> {
    await this.press("Run");
    await this.ended();
  }

  get events(): Promise<number> {
    return this.page
      .locator(".open-name .dim")
      .textContent()
      .then((text) => Number((text ?? "").replaceAll(/\D/g, "")));
  }

  get name(): Promise<string | null> {
    return this.page.getByTestId("name").textContent();
  }

  /** As the lists of marks have them. */
  get marks(): Promise<string[]> {
    const options = this.page.getByLabel("Moment A: a mark").locator("option");
    return options.allTextContents().then((texts) => texts.slice(1));
  }

  /** From here on: how many messages the page has got of workers. */
  async messages(): Promise<() => Promise<number>> {
    const count = await this.page.evaluateHandle(() => {
      const counts = { messages: 0 };
      const { set } = Object.getOwnPropertyDescriptor(MessagePort.prototype, "onmessage") as PropertyDescriptor;
      const listen = EventTarget.prototype.addEventListener;
      const counting = (port: EventTarget): void =>
        listen.call(port, "message", () => {
          counts.messages++;
        });
      Object.defineProperty(MessagePort.prototype, "onmessage", {
        set(this: MessagePort, listener: unknown) {
          counting(this);
          set?.call(this, listener);
        },
      });
      EventTarget.prototype.addEventListener = function (name: string, ...more: [never]) {
        if (name === "message" && this instanceof MessagePort) counting(this);
        listen.call(this, name, ...more);
      };
      return counts;
    });
    return () => count.evaluate(({ messages }) => messages);
  }

  /** Another run goes well. */
  async goesOn(): Promise<void> {
    await this.write("print(6 * 7)");
    await this.run();
    expect(await this.output).toBe("42\n");
    expect(await this.events).toBeGreaterThan(0);
  }
}

export interface ScriptLab {
  /** A folder for files, removed at the end. */
  readonly folder: string;
  /** Opens the page with `code` in its editor. `isolated`: whether its host makes it cross-origin isolated. Default: true. */
  scriptPage(code: string, isolated?: boolean): Promise<ScriptPage>;
}

/** The lab for the tests of a `describe`. Each test opens one page at most, which is closed after it and must have had no problem. */
export function scriptLab(): ScriptLab {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-run-"));
  let lab: Lab;
  let plain: LabServer;
  let open: LabPage | null = null;

  beforeAll(async () => {
    lab = await startLab(null);
    plain = await plainHost(lab);
  }, LONG);
  afterAll(async () => {
    await plain?.close();
    await lab?.close();
    rmSync(folder, { recursive: true });
  });
  afterEach(async ({ task }) => {
    const problems = await LabPage.close(open, task);
    open = null;
    expect(problems).toEqual([]);
  });

  return {
    folder,
    async scriptPage(code, isolated = true) {
      const packed = deflateRawSync(code).toString("base64url");
      open = await LabPage.open({ ...lab, server: isolated ? lab.server : plain }, `#example=few&code=${packed}`);
      await open.page.locator(".cm-content").waitFor({ timeout: LONG });
      return new ScriptPage(open);
    },
  };
}
