/** A sentence on what is seen, in CPython's words, and where CPython says it. */
import type { ComponentChildren } from "preact";

export function Explain({ source, children }: { source: string; children: ComponentChildren }) {
  return (
    <p class="explain">
      {children} <cite>{source}</cite>
    </p>
  );
}
