/** The top of the page: what is open, on which profiles, and what else can be done with it. */

import { useEffect, useRef } from "preact/hooks";
import { profileNames } from "../../../geometry/profiles.js";
import { openFile, setProfiles } from "../../model/actions.js";
import { startTour, toggleEditor, toggleHelp, toggleTables, toggleTheme } from "../../model/controls.js";
import { showSummary } from "../../model/reportfile.js";
import { useLab } from "../../model/uselab.js";
import { plural } from "../format.js";
import { TAKE_AWAY, take } from "./download.js";

const NAMES = profileNames();

export function Header({ isReport }: { isReport: boolean }) {
  const info = useLab((s) => s.info);
  const [theme, asTables, isHelpOpen] = [
    useLab((s) => s.theme),
    useLab((s) => s.asTables),
    useLab((s) => s.isHelpOpen),
  ];
  const hasEditor = useLab((s) => s.hasEditor);
  const file = useRef<HTMLInputElement>(null);
  return (
    <header class="header">
      <h1>pymalloc lab</h1>
      {isReport ? (
        <button type="button" onClick={showSummary}>
          Summary
        </button>
      ) : (
        <button type="button" aria-pressed={hasEditor} onClick={toggleEditor}>
          Examples
        </button>
      )}
      <button type="button" onClick={() => file.current?.click()}>
        Open…
      </button>
      <input
        ref={file}
        type="file"
        class="hidden"
        tabIndex={-1}
        aria-label="A trace or a heap image"
        onChange={(event) => {
          const chosen = event.currentTarget.files?.[0];
          if (chosen) void openFile(chosen);
          event.currentTarget.value = "";
        }}
      />
      <p class="open-name" title={info?.name}>
        {info ? (
          <>
            <strong data-testid="name">{info.name}</strong>{" "}
            <span class="dim">{info.kind === "image" ? "heap image" : plural(info.events, "event")}</span>
          </>
        ) : null}
      </p>
      <Profiles />
      <div class="right">
        <TakeAway />
        <button type="button" aria-pressed={asTables} title="Maps as tables (t)" onClick={toggleTables}>
          Tables
        </button>
        {isReport ? null : (
          <button type="button" onClick={startTour}>
            Tour
          </button>
        )}
        <button type="button" aria-pressed={theme === "dark"} onClick={toggleTheme}>
          Dark
        </button>
        <button type="button" aria-expanded={isHelpOpen} title="Keys (?)" onClick={toggleHelp}>
          Keys
        </button>
      </div>
    </header>
  );
}

function Profiles() {
  const sides = useLab((s) => s.sides);
  const kind = useLab((s) => s.info?.kind ?? null);
  const isRunning = useLab((s) => s.isRunning || s.isLive);
  if (kind === null || sides.length === 0) return null;
  const chosen = sides.map(({ profile }) => profile);
  const options = (names: readonly string[]) =>
    names.map((name) => (
      <option key={name} value={name}>
        {name}
      </option>
    ));
  const listed = (name: string): readonly string[] => (NAMES.includes(name) ? NAMES : [name, ...NAMES]);
  const isFixed = kind === "image" || isRunning;
  return (
    <div class="profiles">
      <label>
        Profile{" "}
        <select
          value={chosen[0]}
          disabled={isFixed}
          onChange={(event) => void setProfiles([event.currentTarget.value, ...chosen.slice(1)])}
        >
          {options(listed(chosen[0]))}
        </select>
      </label>
      <label>
        beside{" "}
        <select
          value={chosen[1] ?? ""}
          disabled={isFixed}
          onChange={(event) => {
            const other = event.currentTarget.value;
            void setProfiles(other === "" ? chosen.slice(0, 1) : [chosen[0], other]);
          }}
        >
          <option value="">no other</option>
          {options(listed(chosen[1] ?? NAMES[0]))}
        </select>
      </label>
    </div>
  );
}

function TakeAway() {
  const box = useRef<HTMLDetailsElement>(null);
  const isOpen = useLab((s) => s.info !== null);
  useEffect(() => {
    const close = (event: PointerEvent): void => {
      if (box.current && !box.current.contains(event.target as Node)) box.current.open = false;
    };
    addEventListener("pointerdown", close);
    return () => removeEventListener("pointerdown", close);
  }, []);
  return (
    <details
      class="menu"
      ref={box}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || !box.current?.open) return;
        box.current.open = false;
        event.preventDefault();
        box.current.querySelector("summary")?.focus();
      }}
    >
      <summary>Take away</summary>
      <ul>
        {TAKE_AWAY.map(([name, what]) => (
          <li key={name}>
            <button
              type="button"
              disabled={!isOpen}
              onClick={() => {
                if (box.current) box.current.open = false;
                void take(what);
              }}
            >
              {name}
            </button>
          </li>
        ))}
      </ul>
    </details>
  );
}
