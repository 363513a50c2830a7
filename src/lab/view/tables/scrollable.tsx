/** A region that scrolls, which the keyboard must reach. */
import type { ComponentChildren } from "preact";

export function Scrollable({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must take the focus, to be scrolled by keys
    <section class="table-view" tabIndex={0} aria-label={label}>
      {children}
    </section>
  );
}
