/**
 * Self-contained HTML pages: one file with its script, style and data inside, which needs nothing else and opens from disk.
 *
 * The build bundles a page's script and styles and puts them inside: that is its template. A command fills the slots of the template,
 * `{{pymalloc:NAME}}`, which stand before all scripts of the page.
 */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Returns `text` as the content of an element. */
export const escapeHtml = (text: string): string => text.replace(/[&<>]/g, (char) => ENTITIES[char]);

/** Returns `value` as JSON that neither ends a script nor begins a comment, whatever its strings hold. `replacer` is `JSON.stringify`'s. */
export const scriptJson = (value: unknown, replacer?: (key: string, value: unknown) => unknown): string =>
  JSON.stringify(value, replacer).replaceAll("<", "\\u003c");

/** Returns `code` with whatever an HTML parser would take for the end of the script, or for a comment, written another way. */
export const asInlineScript = (code: string): string => code.replace(/<(?=\/script|!--)/gi, "\\x3c");

const LINKED_SCRIPT = /\s*<script type="module"[^>]*src=[^>]*><\/script>/;
const LINKED_STYLE = /<link rel="stylesheet"[^>]*>/;

/** Returns the built page `html` with `style` in place of its link, and `script` at the end of its body. */
export function inOneFile(html: string, script: string, style: string): string {
  return html
    .replace(LINKED_SCRIPT, "")
    .replace(LINKED_STYLE, () => `<style>${style}</style>`)
    .replace("</body>", () => `<script type="module">${asInlineScript(script)}</script>\n  </body>`);
}

/**
 * Returns `template` with the first slot of each name in `fills` replaced: a script that mentions a slot stays as it is.
 * Throws a `RangeError` if a name has no slot: the template is then that of another page.
 */
export function fillSlots(template: string, fills: Readonly<Record<string, string>>): string {
  const filled = new Set<string>();
  const page = template.replace(/\{\{pymalloc:(\w+)\}\}/g, (found, name: string) => {
    if (filled.has(name) || fills[name] === undefined) return found;
    filled.add(name);
    return fills[name];
  });
  const missing = Object.keys(fills).find((name) => !filled.has(name));
  if (missing !== undefined) throw new RangeError(`the template of the page has no slot for its ${missing}`);
  return page;
}
