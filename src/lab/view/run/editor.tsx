/** A script and what it prints: Run, Stop, and how far Pyodide has come. */
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { writeCode } from "../../model/controls.js";
import type { Block, Output as OutputState } from "../../model/run/output.js";
import { hasPython, type RunState, run, stop } from "../../model/run/runner.js";
import { current, useLab, useOutput, useRun } from "../../model/uselab.js";
import { bytes, plural } from "../format.js";
import type { CodeEditor } from "./codemirror.js";

/** What the button does that stops the script. While the script is given time to stop it does nothing, and keeps the focus. */
const STOPS: Readonly<Record<RunState["status"], string>> = {
  idle: "Stop",
  loading: "Stop",
  running: "Stop",
  stopping: "Stopping…",
  unheeded: "End the interpreter",
};

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
        <button type="button" disabled={status === "idle"} aria-disabled={status === "stopping"} onClick={stop}>
          {STOPS[status]}
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
      {status === "unheeded" ? (
        <p class="unheeded" role="status">
          Python has not stopped yet. Ending it keeps what the page has recorded.
        </p>
      ) : null}
      <div class="editor-box" ref={box}>
        <pre>{code}</pre>
      </div>
      <Output />
    </section>
  );
}

/** Pixels from the end that count as the end. */
const NEAR_END = 8;

function Output() {
  const { head, leftOut, tail } = useOutput((s) => s);
  const [loading, status] = [useRun((s) => s.loading), useRun((s) => s.status)];
  const box = useRef<HTMLPreElement>(null);
  const scrolled = useRef({ top: 0, isFollowing: true });
  useLayoutEffect(() => {
    if (box.current && scrolled.current.isFollowing) box.current.scrollTop = box.current.scrollHeight;
  }, [head, tail]);
  // The output follows its end until somebody scrolls up. That it grows does not take it away from there.
  const onScroll = ({ currentTarget: { scrollTop, clientHeight, scrollHeight } }: { currentTarget: HTMLElement }) => {
    const { top, isFollowing } = scrolled.current;
    const isAtEnd = scrollTop + clientHeight > scrollHeight - NEAR_END;
    scrolled.current = { top: scrollTop, isFollowing: isAtEnd || (isFollowing && scrollTop >= top) };
  };
  return (
    <div class="output">
      {loading ? (
        <label class="loading">
          {loading.what}: {bytes(loading.bytes)}
          <progress value={loading.totalBytes ? loading.bytes / loading.totalBytes : undefined} />
        </label>
      ) : null}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, to be scrolled by keys */}
      <pre ref={box} role="log" aria-label="Output" tabIndex={0} data-testid="output" onScroll={onScroll}>
        {head.length === 0 && status === "idle" ? <span class="dim">What the script prints stands here.</span> : null}
        {head.map(blockOf)}
        {leftOut ? <span class="left-out">{leftOutLine(leftOut)}</span> : null}
        {tail.map(blockOf)}
      </pre>
    </div>
  );
}

const blockOf = (block: Block, index: number) => (
  <span key={index} class="block">
    {block.map(({ stream, text }, at) => (
      <span key={at} class={`from-${stream}`}>
        {text}
      </span>
    ))}
  </span>
);

function leftOutLine({ characters, lines }: NonNullable<OutputState["leftOut"]>): string {
  const count = plural(characters, "character");
  return `${lines === 0 ? count : `${plural(lines, "line")} (${count})`} left out`;
}
