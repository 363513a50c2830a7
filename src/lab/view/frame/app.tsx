/** The page: header, examples and script, map, panels, time line; and what lies over them. */

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { cancel, openFile } from "../../model/actions.js";
import { dismissMessage } from "../../model/controls.js";
import { useLab } from "../../model/uselab.js";
import { Stage } from "../map/stage.js";
import { TimelinePane } from "../timeline/timelinebar.js";
import { Right } from "./aside.js";
import { Header } from "./header.js";
import { KEYS, listenForKeys } from "./keys.js";

/** Neither is in a report file. */
interface AppParts {
  readonly Left?: ComponentType;
  readonly Tour?: ComponentType;
}

export function App({ Left, Tour }: AppParts) {
  const [theme, hasEditor] = [useLab((s) => s.theme), useLab((s) => s.hasEditor)];
  const [isOver, setOver] = useState(false);
  useEffect(listenForKeys, []);
  useEffect(() => listenForDrops(setOver), []);
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
  }, [theme]);
  return (
    <div class={`page${hasEditor ? "" : " is-wide"}`}>
      <Header isReport={Left === undefined} />
      {Left && hasEditor ? <Left /> : null}
      <Stage />
      <Right />
      <TimelinePane />
      <Messages />
      {Tour ? <Tour /> : null}
      <Keys />
      {isOver ? <div class="drop">Drop a trace or a heap image</div> : null}
    </div>
  );
}

/** A file may be dropped anywhere. Returns what ends it. */
function listenForDrops(setOver: (isOver: boolean) => void): () => void {
  const ended = new AbortController();
  const { signal } = ended;
  const over = (event: DragEvent): void => {
    event.preventDefault();
    setOver(true);
  };
  addEventListener("dragover", over, { signal });
  addEventListener("dragleave", (event) => event.relatedTarget === null && setOver(false), { signal });
  addEventListener(
    "drop",
    (event) => {
      event.preventDefault();
      setOver(false);
      const file = event.dataTransfer?.files[0];
      if (file) void openFile(file);
    },
    { signal },
  );
  return () => ended.abort();
}

/** How long a note stays; what went wrong stays until it is dismissed. */
const NOTE_MS = 5000;

/** What is under way, and the one line on what went wrong. */
function Messages() {
  const [busy, message] = [useLab((s) => s.busy), useLab((s) => s.message)];
  useEffect(() => {
    if (message?.kind !== "note") return;
    const timer = setTimeout(() => dismissMessage(), NOTE_MS);
    return () => clearTimeout(timer);
  }, [message]);
  return (
    <div class="messages">
      {busy ? (
        <div class="busy" role="status">
          <span>{busy.text}</span>
          <progress value={busy.done ?? undefined} />
          <button type="button" onClick={cancel}>
            Cancel
          </button>
        </div>
      ) : null}
      {message ? (
        <div class={`message is-${message.kind}`} role={message.kind === "problem" ? "alert" : "status"}>
          <span data-testid="message">{message.text}</span>
          <button type="button" aria-label="Dismiss" onClick={() => dismissMessage()}>
            ×
          </button>
        </div>
      ) : null}
    </div>
  );
}

function Keys() {
  const isOpen = useLab((s) => s.isHelpOpen);
  if (!isOpen) return null;
  return (
    <section class="keys" aria-label="Keys">
      <h2>Keys</h2>
      <dl>
        {KEYS.map(([keys, does]) => (
          <div key={keys} class={does === "" ? "head" : ""}>
            <dt>{does === "" ? keys : <kbd>{keys}</kbd>}</dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
