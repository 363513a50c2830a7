/** A script and what it prints: Run, Stop, and how far Pyodide has come. */

import { useEffect, useRef } from "preact/hooks";
import { writeCode } from "../../model/controls.js";
import { hasPython, run, stop } from "../../model/run/runner.js";
import { current, useLab, useOutput, useRun } from "../../model/uselab.js";
import { bytes } from "../format.js";
import type { CodeEditor } from "./codemirror.js";

export function Editor() {
  const box = useRef<HTMLDivElement>(null);
  const editor = useRef<CodeEditor | null>(null);
  const code = useLab((s) => s.code);
  const script = useLab((s) => s.script);
  const status = useRun((s) => s.status);

  useEffect(() => {
    let isGone = false;
    // After the first picture: the editor is not what the page is opened for.
    const load = async (): Promise<void> => {
      const { codeEditor } = await import("./codemirror.js");
      if (isGone || !box.current) return;
      box.current.textContent = "";
      editor.current = codeEditor(box.current, current().code, writeCode);
    };
    const timer = setTimeout(() => void load(), 50);
    return () => {
      isGone = true;
      clearTimeout(timer);
      editor.current?.destroy();
    };
  }, []);
  useEffect(() => {
    // What the state holds now: of what was drawn, more may have been typed since.
    if (editor.current) editor.current.text = current().code;
  }, [code]);

  return (
    <section class="editor" aria-label="Script">
      <div class="editor-bar" data-status={status}>
        <h2>Script</h2>
        <button type="button" disabled={status === "idle"} onClick={stop}>
          Stop
        </button>
        <button
          type="button"
          class="primary"
          disabled={status !== "idle"}
          title={hasPython ? "Runs it on real CPython, recorded" : "This build has no Python"}
          onClick={() => void run(script, current().code)}
        >
          Run
        </button>
      </div>
      <div class="editor-box" ref={box}>
        <pre>{code}</pre>
      </div>
      <Output />
    </section>
  );
}

function Output() {
  const [pieces, isCut] = [useOutput((s) => s.pieces), useOutput((s) => s.isCut)];
  const [loading, status] = [useRun((s) => s.loading), useRun((s) => s.status)];
  const box = useRef<HTMLPreElement>(null);
  useEffect(() => {
    if (box.current) box.current.scrollTop = box.current.scrollHeight;
  }, [pieces]);
  return (
    <div class="output">
      {loading ? (
        <label class="loading">
          {loading.what}: {bytes(loading.bytes)}
          <progress value={loading.totalBytes ? loading.bytes / loading.totalBytes : undefined} />
        </label>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, to be scrolled by keys */}
      <pre ref={box} role="log" aria-label="Output" tabIndex={0} data-testid="output">
        {pieces.length === 0 && status === "idle" ? <span class="dim">What the script prints stands here.</span> : null}
        {isCut ? <span class="dim">What was printed before this is left out.{"\n"}</span> : null}
        {pieces.map(({ stream, text }, index) => (
          <span key={index} class={`from-${stream}`}>
            {text}
          </span>
        ))}
      </pre>
    </div>
  );
}
