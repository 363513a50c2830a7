/** The texts of `pymalloc COMMAND --help`, made of what the command declares. */
import { type Command, optionsOf, spelled } from "./command.js";
import type { Option, OptionGroups } from "./option.js";
import { usageOf } from "./parse.js";

const WIDTH = 100;
/** Columns to the left of explanations, for the terms. */
const COLUMN = 22;

type Row = readonly [term: string, text: string];

/** `purpose`: one line, what the command does. */
export function helpOf(name: string, purpose: string, command: Command<OptionGroups>): string {
  const { about, options, lists = {}, examples } = command;
  const groups = Object.entries(options).map(([title, group]) => section(title, Object.entries(group).map(optionRow)));
  return [
    ...wrap(`${purpose}.`, ""),
    "",
    usageLine(name, command),
    ...about.flatMap((paragraph) => ["", ...wrap(paragraph, /^ */.exec(paragraph)?.[0] ?? "")]),
    ...groups.flat(),
    ...Object.entries(lists).flatMap(([title, rows]) => section(title, rows)),
    "",
    "examples",
    ...examples.flatMap(([line, what]) => [`  ${line}`, ...wrap(what, "      ")]),
    "",
  ].join("\n");
}

function usageLine(name: string, command: Command<OptionGroups>): string {
  const options = Object.entries(optionsOf(command));
  const required = options.filter(([, { isRequired }]) => isRequired).map(([own, option]) => usageOf(own, option));
  const { name: operand, usage = operand, least, most } = command.operands;
  const words = [
    least === 0 && usage === operand ? `[${operand}]` : `${usage}${most > 1 ? "…" : ""}`,
    ...required,
    ...(required.length < options.length ? ["[options]"] : []),
    ...(command.runsProgram ? ["[-- ARGUMENT…]"] : []),
  ];
  return `usage: pymalloc ${name} ${words.join(" ")}`;
}

function optionRow([name, option]: readonly [string, Option<unknown>]): Row {
  const { letter, form, help, usual, isRequired } = option;
  const value = form.value === null ? "" : ` ${form.value}`;
  const notes = [form.range, usual === null ? undefined : `default: ${usual}`, isRequired ? "required" : undefined];
  const known = notes.filter((note) => note !== undefined);
  return [
    `${letter === null || letter === name ? "" : `-${letter}, `}${spelled(name, option)}${value}`,
    help + (known.length === 0 ? "" : ` (${known.join("; ")})`),
  ];
}

/** A title, and below it terms with their explanations at the right of `column`, or below a term that is too long. */
export function section(title: string, rows: readonly Row[], column = COLUMN): string[] {
  return ["", title, ...rows.flatMap((row) => rowLines(row, column))];
}

function rowLines([term, text]: Row, column: number): string[] {
  const lines = wrap(text, " ".repeat(column));
  if (term.length > column - 4) return [`  ${term}`, ...lines];
  return [`  ${term}`.padEnd(column) + lines[0].trimStart(), ...lines.slice(1)];
}

/** The words of `text` in lines that begin with `indent`. */
function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.trim().split(/\s+/)) {
    if (line !== "" && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = "";
    }
    line += line === "" ? word : ` ${word}`;
  }
  return [...lines, indent + line];
}
