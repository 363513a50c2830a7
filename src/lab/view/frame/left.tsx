/** The left side of the page: examples and script. */

import { SCRIPTS, TRACES } from "../../model/examples.js";
import { openExample, openScript } from "../../model/opening.js";
import { useLab } from "../../model/uselab.js";
import { Editor } from "../run/editor.js";

export function Left() {
  const [example, script] = [useLab((s) => s.example), useLab((s) => s.script)];
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
