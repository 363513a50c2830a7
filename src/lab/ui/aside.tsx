/** The sides of the page: examples and script on the left, the ledger and one panel at a time on the right. */
import type { ComponentType } from "preact";
import { SCRIPTS, TRACES } from "./examples.js";
import { openExample, openScript } from "./opening.js";
import { BreaksPanel } from "./panels/breaks.js";
import { InspectPanel } from "./panels/inspect.js";
import { LedgerPanel } from "./panels/ledger.js";
import { MarksPanel } from "./panels/marks.js";
import { PinsPanel } from "./panels/pins.js";
import { VersionsPanel } from "./panels/versions.js";
import { Editor } from "./run/editor.js";
import { openPanel } from "./session.js";
import { lab, type PanelName } from "./state.js";
import { useStore } from "./store.js";

export function Left() {
  const [example, script] = [useStore(lab, (s) => s.example), useStore(lab, (s) => s.script)];
  return (
    <aside class="left" aria-label="Examples and script">
      <section class="examples">
        <h2>Traces</h2>
        <ul>
          {TRACES.map(({ id, title, about }) => (
            <li key={id}>
              <button type="button" aria-pressed={example === id} onClick={() => void openExample(id)}>
                {title}
                <span class="dim">{about}</span>
              </button>
            </li>
          ))}
        </ul>
        <label class="scripts">
          Scripts{" "}
          <select
            value={SCRIPTS.includes(script) ? script : ""}
            onChange={(event) => void openScript(event.currentTarget.value)}
          >
            <option value="" disabled>
              choose one of {SCRIPTS.length}
            </option>
            {SCRIPTS.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
      </section>
      <Editor />
    </aside>
  );
}

const PANELS: readonly (readonly [name: PanelName, title: string, panel: ComponentType])[] = [
  ["inspect", "Inspect", InspectPanel],
  ["breaks", "Breaks", BreaksPanel],
  ["marks", "A / B", MarksPanel],
  ["pins", "Pins", PinsPanel],
  ["versions", "Versions", VersionsPanel],
];

export function Right() {
  const panel = useStore(lab, (s) => s.panel);
  const isOpen = useStore(lab, (s) => s.view !== null);
  if (!isOpen) return <aside class="right-side" aria-label="Panels" />;
  const [, title, Panel] = PANELS.find(([name]) => name === panel) as (typeof PANELS)[number];
  return (
    <aside class="right-side" aria-label="Panels">
      <LedgerPanel />
      <nav class="tabs" aria-label="Panel">
        {PANELS.map(([name, text]) => (
          <button type="button" key={name} aria-pressed={panel === name} onClick={() => void openPanel(name)}>
            {text}
          </button>
        ))}
      </nav>
      <section class="panel" aria-label={title} data-panel={panel}>
        <Panel />
      </section>
    </aside>
  );
}
