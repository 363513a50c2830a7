/**
 * The kinds of options. A command declares its options once, as a table of these: parse.ts reads the command line by the table, and
 * help.ts prints it.
 */
import { parseSize } from "../text/units.js";

/** The options of a command under the titles that its help gives them. */
export type OptionGroups = Readonly<Record<string, Readonly<Record<string, Option<unknown>>>>>;

/** What is declared of an option's values. */
interface Form {
  /** The word for a value in the help; `null` for a flag, which has none. */
  readonly value: string | null;
  /** Completes "--option must be …". */
  readonly expected: string;
  /** Shown in the help before the default, as "1 to 1000". */
  readonly range?: string;
  /** The value that a text stands for; `undefined`, or a `RangeError` that says more, for a bad one. */
  readonly read: (text: string) => unknown;
}

/** An option whose value, when the whole command line was read, is a `T`. */
export class Option<T> {
  readonly form: Form;
  readonly help: string;
  /** The value of the texts that were given, each read, in order. */
  readonly combine: (values: readonly unknown[]) => T;
  /** `o` of an option that may be written `-o`. */
  readonly letter: string | null;
  /** The default, as the help shows it. */
  readonly usual: string | null;
  readonly isRequired: boolean;

  constructor(
    form: Form,
    help: string,
    combine: (values: readonly unknown[]) => T,
    {
      letter = null,
      usual = null,
      isRequired = false,
    }: Partial<Pick<Option<T>, "letter" | "usual" | "isRequired">> = {},
  ) {
    this.form = form;
    this.help = help;
    this.combine = combine;
    this.letter = letter;
    this.usual = usual;
    this.isRequired = isRequired;
  }

  short(letter: string): Option<T> {
    return new Option(this.form, this.help, this.combine, { ...this, letter });
  }

  /** What the option is if it is not given, read as if it had been. */
  default(usual: string): Option<NonNullable<T>> {
    const combine = (values: readonly unknown[]) =>
      this.combine(values.length > 0 ? values : [this.form.read(usual)]) as NonNullable<T>;
    return new Option(this.form, this.help, combine, { ...this, usual });
  }

  /** What the help says of the default, which the command itself puts in. */
  usually(usual: string): Option<T> {
    return new Option(this.form, this.help, this.combine, { ...this, usual });
  }

  required(): Option<NonNullable<T>> {
    const combine = (values: readonly unknown[]) => this.combine(values) as NonNullable<T>;
    return new Option(this.form, this.help, combine, { ...this, isRequired: true });
  }

  /** May be given several times: its value is the list of all. */
  repeated(): Option<readonly NonNullable<T>[]> {
    return new Option(this.form, this.help, (values) => values as readonly NonNullable<T>[], { letter: this.letter });
  }
}

/** An option with a value of its own form; the last one given counts, and `null` if none is. */
export const valued = <V>(form: Form & { readonly read: (text: string) => V | undefined }, help: string) =>
  new Option<V | null>(form, help, (values) => (values.at(-1) as V | undefined) ?? null);

export const flag = (help: string): Option<boolean> =>
  new Option({ value: null, expected: "", read: () => true }, help, (values) => values.length > 0);

/** Any text but an empty one. */
export const text = (value: string, expected: string, help: string): Option<string | null> =>
  valued({ value, expected, read: (given) => given || undefined }, help);

export const integer = (value: string, from: number, to: number, help: string): Option<number | null> =>
  valued(
    {
      value,
      expected: `an integer from ${from} to ${to}`,
      range: `${from} to ${to}`,
      read: (given) =>
        /^\d+$/.test(given) && Number(given) >= from && Number(given) <= to ? Number(given) : undefined,
    },
    help,
  );

export const choice = <V extends string>(
  values: readonly V[],
  help: string,
  value: string = values.join("|"),
): Option<V | null> =>
  valued(
    {
      value,
      expected: `${values.slice(0, -1).join(", ")} or ${values.at(-1)}`,
      read: (given) => values.find((one) => one === given),
    },
    help,
  );

/** Bytes. */
export const size = (help: string): Option<number | null> =>
  valued(
    {
      value: "SIZE",
      expected: "a size like 512, 64KiB or 2MiB",
      read: (given) => (Number.isNaN(parseSize(given)) ? undefined : parseSize(given)),
    },
    help,
  );

/** Bytes, each fewer than 4 GiB, with commas between them. */
export const sizes = (value: string, help: string): Option<readonly number[] | null> =>
  valued(
    {
      value,
      expected: "bytes like 4096 or 0,4096",
      read: (given) => {
        const list = given.split(",").map(parseSize);
        return list.every((bytes) => bytes < 2 ** 32) ? list : undefined;
      },
    },
    help,
  );

/** Names with commas between them; given again, the option adds to them. Each name counts once. `check` throws a `RangeError` for a bad one. */
export function list(
  value: string,
  expected: string,
  help: string,
  check: (name: string) => unknown,
): Option<readonly string[]> {
  const read = (given: string): readonly string[] | undefined => {
    const names = given.split(",");
    if (names.includes("")) return undefined;
    for (const name of names) check(name);
    return names;
  };
  return new Option({ value, expected, read }, help, (values) => [...new Set((values as string[][]).flat())]);
}

/** A file to write. */
export const outputFile = (value: string, help: string): Option<string | null> =>
  valued(
    { value, expected: "the name of a file", read: (given) => (given === "-" ? undefined : given || undefined) },
    help,
  );
