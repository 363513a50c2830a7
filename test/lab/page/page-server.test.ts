/** What `pymalloc lab` serves, and what it refuses. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { dispatch } from "../../../src/cli/dispatch.js";
import { type LabServer, serveLab } from "../../../src/lab/server.js";

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

describe("the server of the lab", () => {
  const folder = mkdtempSync(join(tmpdir(), "pymalloc-server-"));
  let server: LabServer;

  beforeAll(async () => {
    const page = join(folder, "page");
    mkdirSync(page);
    writeFileSync(join(page, "index.html"), "<!doctype html>");
    writeFileSync(join(page, "heap.js"), "export {}");
    writeFileSync(join(folder, "secret"), "no");
    writeFileSync(join(folder, "a b&c.rep"), "a 0 8\n");
    server = await serveLab({ page, trace: join(folder, "a b&c.rep"), port: 0 });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  /** As it is, without what a browser would make of the path. */
  function get(path: string, host?: string, method = "GET"): Promise<Answer> {
    const { hostname, port } = new URL(server.url);
    return new Promise((resolve, reject) => {
      const headers = host === undefined ? {} : { host };
      request({ hostname, port, path, method, headers }, (response) => {
        let body = "";
        response.on("data", (chunk) => {
          body += chunk;
        });
        response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, body }));
      })
        .on("error", reject)
        .end();
    });
  }

  it("is on this machine alone, and its address names the trace", () => {
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/\?trace=a%20b%26c\.rep$/);
  });

  it("serves the page cross-origin isolated, each file as what it is", async () => {
    const page = await get("/");
    expect(page.status).toBe(200);
    expect(page.headers["content-type"]).toBe("text/html; charset=utf-8");
    expect(page.headers["cross-origin-opener-policy"]).toBe("same-origin");
    expect(page.headers["cross-origin-embedder-policy"]).toBe("require-corp");
    expect(page.headers["content-security-policy"]).toMatch(/^default-src 'self';(?!.*(connect-src|http|\*))/);
    expect((await get("/heap.js")).headers["content-security-policy"]).toBe(page.headers["content-security-policy"]);
    expect((await get("/heap.js")).headers["content-type"]).toBe("text/javascript; charset=utf-8");
    expect((await get("/trace")).body).toBe("a 0 8\n");
    expect((await get("/trace", undefined, "HEAD")).body).toBe("");
    expect((await get("/pyodide/pyodide.asm.wasm", undefined, "HEAD")).headers["content-type"]).toBe(
      "application/wasm",
    );
  });

  it("serves nothing else", async () => {
    for (const path of ["/secret", "/../secret", "/%2e%2e/secret", "/pyodide/../../package.json", "/nothing.js"])
      expect([path, (await get(path)).status]).toEqual([path, 404]);
    expect((await get("/%")).status).toBe(400);
    expect((await get("/", "evil.example")).status).toBe(403);
    expect((await get("/", undefined, "POST")).status).toBe(405);
  });

  it("takes one trace that is there, and a port that is one", async () => {
    const err = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    for (const args of [["a", "b"], ["--port", "x"], ["--port", "70000"], ["--nothing"]])
      expect(await dispatch(["lab", ...args])).toBe(2);
    expect(err.mock.calls[1]).toEqual(['pymalloc lab: --port must be an integer from 0 to 65535 (got "x")\n']);
    expect(await dispatch(["lab", "--no-open", join(folder, "none.rep")])).toBe(1);
    expect(err.mock.lastCall).toEqual([`${join(folder, "none.rep")}: no such file\n`]);
    err.mockRestore();
  });
});
