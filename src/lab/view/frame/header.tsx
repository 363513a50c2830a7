/** The top of the page: what is open, on which profiles, and what else can be done with it. */
import { useEffect, useRef } from "preact/hooks";
import { profileNames } from "../../../geometry/profiles.js";
import { openFile, setProfiles } from "../../model/actions.js";
import { showSummary } from "../../model/reportfile.js";
import { lab } from "../../model/state.js";
import { useStore } from "../../model/store.js";
import { TAKE_AWAY, take } from "../../model/takeaway.js";
import { plural } from "../format.js";

const NAMES = profileNames();

export function Header({ isReport }: { isReport: boolean }) {
  const info = useStore(lab, (s) => s.info);
  const [theme, asTables, isHelpOpen] = [
    useStore(lab, (s) => s.theme),
    useStore(lab, (s) => s.asTables),
    useStore(lab, (s) => s.isHelpOpen),
  ];
  const hasEditor = useStore(lab, (s) => s.hasEditor);
  const file = useRef<HTMLInputElement>(null);
  return (
    <header class="header">
      <h1>pymalloc lab</h1>
      {isReport ? (
        <button type="button" onClick={showSummary}>
          Summary
        </button>
      ) : (
        <button type="button" aria-pressed={hasEditor} onClick={() => lab.set({ hasEditor: !hasEditor })}>
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
        <button
          type="button"
          aria-pressed={asTables}
          title="Maps as tables (t)"
          onClick={() => lab.set({ asTables: !asTables })}
        >
          Tables
        </button>
        {isReport ? null : (
          <button type="button" onClick={() => lab.set({ tour: 0, hasEditor: true })}>
            Tour
          </button>
        )}
        <button
          type="button"
          aria-pressed={theme === "dark"}
          onClick={() => lab.set({ theme: theme === "dark" ? "light" : "dark" })}
        >
          Dark
        </button>
        <button
          type="button"
          aria-expanded={isHelpOpen}
          title="Keys (?)"
          onClick={() => lab.set({ isHelpOpen: !isHelpOpen })}
        >
          Keys
        </button>
      </div>
    </header>
  );
}

function Profiles() {
  const sides = useStore(lab, (s) => s.sides);
  const kind = useStore(lab, (s) => s.info?.kind ?? null);
  const isRunning = useStore(lab, (s) => s.isRunning || s.isLive);
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
  const isOpen = useStore(lab, (s) => s.info !== null);
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
