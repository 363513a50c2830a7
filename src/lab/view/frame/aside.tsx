/** The right side of the page: the ledger, and one panel at a time. */

import type { ComponentType } from "preact";
import { openPanel } from "../../model/actions.js";
import type { PanelName } from "../../model/state.js";
import { useLab } from "../../model/uselab.js";
import { BreaksPanel } from "../panels/breakspanel.js";
import { InspectPanel } from "../panels/inspectpanel.js";
import { LedgerPanel } from "../panels/ledgerpanel.js";
import { MarksPanel } from "../panels/markspanel.js";
import { PinsPanel } from "../panels/pinspanel.js";
import { VersionsPanel } from "../panels/versionspanel.js";

const PANELS: readonly (readonly [name: PanelName, title: string, panel: ComponentType])[] = [
  ["inspect", "Inspect", InspectPanel],
  ["breaks", "Breaks", BreaksPanel],
  ["marks", "A / B", MarksPanel],
  ["pins", "Pins", PinsPanel],
  ["versions", "Versions", VersionsPanel],
];

export function Right() {
  const panel = useLab((s) => s.panel);
  const isOpen = useLab((s) => s.view !== null);
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
