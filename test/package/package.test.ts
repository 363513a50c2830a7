/** The packed tarball, installed into an empty folder: in Node, for TypeScript, and in a page. */
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BIN = join(ROOT, "node_modules", ".bin");
const CHROMIUM = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync);

const folder = mkdtempSync(join(tmpdir(), "pymalloc-package-"));
afterAll(() => rmSync(folder, { recursive: true }));
let tarball = "";

beforeAll(() => {
  const packed = execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", folder], {
    cwd: ROOT,
  });
  const [{ filename }] = JSON.parse(packed.toString()) as { filename: string }[];
  tarball = join(folder, filename);
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module", private: true }));
  execFileSync("npm", ["install", "--no-audit", "--no-fund", "--offline", tarball], { cwd: folder, stdio: "pipe" });
});

describe("the package", () => {
  it("installs nothing but itself", () => {
    const { packages } = JSON.parse(readFileSync(join(folder, "package-lock.json"), "utf8")) as {
      packages: Record<string, unknown>;
    };
    expect(Object.keys(packages).sort()).toEqual(["", "node_modules/pymalloc"]);
  });

  it("works in Node", () => {
    const script = `
      import { readFileSync } from "node:fs";
      import { Heap } from "pymalloc";
      import { readTraceFile } from "pymalloc/node";
      const bytes = readFileSync(new URL(import.meta.resolve("pymalloc/pymalloc.wasm")));
      for (const heap of [await Heap.create(), Heap.createSync({ profile: "3.12", module: new WebAssembly.Module(bytes) })]) {
        heap.free(heap.malloc(100));
        console.log(heap.profile.name, heap.stats().pymalloc.arenas.obtained, typeof readTraceFile);
      }`;
    const out = execFileSync(process.execPath, ["--input-type=module", "-e", script], { cwd: folder }).toString();
    expect(out).toBe("wasm32 1 function\n3.12 1 function\n");
  });

  it("has the command", () => {
    const run = spawnSync(join(folder, "node_modules/.bin/pymalloc"), ["replay", "-", "--hash"], {
      input: "a 0 1\nf 0\n",
    });
    expect(run.stdout.toString()).toContain("= arenas obtained 1 released 0 live 1 high 1\n");
    expect(run.status).toBe(0);
  });

  it("has types that stand on their own", () => {
    writeFileSync(
      join(folder, "consumer.ts"),
      `import { Heap, type HeapStats, Replay, type Trace } from "pymalloc";
       export async function use(trace: Trace): Promise<HeapStats> {
         const heap: Heap = await Heap.create({ profile: "3.9" });
         heap.on("pool-full", ({ szidx }) => szidx.toFixed());
         return (await Replay.create(trace)).heap.stats();
       }`,
    );
    const options = ["--strict", "--noEmit", "--module", "nodenext", "--target", "es2022", "consumer.ts"];
    for (const lib of ["es2023,dom", "es2023"]) {
      const run = spawnSync(join(BIN, "tsc"), [...options, "--lib", lib], { cwd: folder });
      expect(run.stdout.toString(), lib).toBe("");
    }
  });

  it("passes publint and arethetypeswrong", () => {
    const publint = spawnSync(join(BIN, "publint"), ["--strict", tarball], { cwd: folder });
    expect(publint.stdout.toString()).toContain("All good!");
    const attw = spawnSync(join(BIN, "attw"), [
      "--profile",
      "esm-only",
      "--exclude-entrypoints",
      "./pymalloc.wasm",
      "--",
      tarball,
    ]);
    expect({ status: attw.status, out: attw.status === 0 ? "" : attw.stdout.toString() }).toEqual({
      status: 0,
      out: "",
    });
  });

  it("has a core of less than 24 KiB, without strategies and checks", () => {
    const wasm = join(folder, "node_modules/pymalloc/dist/pymalloc.wasm");
    expect(statSync(wasm).size).toBeLessThan(24 * 1024);
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(readFileSync(wasm))).map(({ name }) => name);
    expect(exported).not.toContain("check");
  });

  it.skipIf(!CHROMIUM)("works in a page (skipped where there is no Chromium)", async () => {
    const types: Record<string, string> = { ".html": "text/html", ".js": "text/javascript" };
    const server = createServer((request, response) => {
      const path = join(folder, new URL(request.url ?? "/", "http://localhost").pathname);
      if (!existsSync(path)) return response.writeHead(404).end();
      response.writeHead(200, { "content-type": types[extname(path)] ?? "application/octet-stream" });
      response.end(readFileSync(path));
    });
    writeFileSync(
      join(folder, "page.html"),
      `<!doctype html><link rel="icon" href="data:,"><script type="importmap">
         { "imports": { "pymalloc": "/node_modules/pymalloc/dist/src/index.js" } }</script>
       <script type="module">
         import { Heap, Replay, readTrace } from "pymalloc";
         const heap = await Heap.create();
         const { trace } = await readTrace(new TextEncoder().encode("a 0 40\\na 1 600\\nf 0\\n"), { name: "t.rep" });
         const replay = await Replay.create(trace, { profile: "3.8" });
         replay.step(2);
         document.title = [heap.malloc(8) % 4096, replay.heap.stats().pymalloc.arenas.live, replay.liveBytes].join(" ");
       </script>`,
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const { port } = server.address() as { port: number };
    const args = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"];
    const browser = await chromium.launch({ executablePath: CHROMIUM as string, args });
    try {
      const page = await browser.newPage();
      const problems: string[] = [];
      page.on("console", (message) => problems.push(message.text()));
      page.on("pageerror", (error) => problems.push(String(error)));
      await page.goto(`http://127.0.0.1:${port}/page.html`);
      await page.waitForFunction(() => document.title !== "", null, { timeout: 60_000 });
      expect({ title: await page.title(), problems }).toEqual({ title: "32 1 640", problems: [] });
    } finally {
      await browser.close();
      server.close();
    }
  });
});
