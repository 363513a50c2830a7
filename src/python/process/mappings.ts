/** The mappings of a process, from `/proc/PID/maps`. */
import { endOfVariables } from "./elf.js";

export interface Mapping {
  readonly start: number;
  readonly end: number;
  readonly isReadable: boolean;
  readonly isWritable: boolean;
  readonly isExecutable: boolean;
  readonly isFile: boolean;
  /** Where in the file it starts. */
  readonly offset: number;
  /** As in `Region`. */
  readonly path: string;
}

const LINE = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) ([0-9a-f]+) \S+ (\d+)\s*(.*)$/;

export function parseMappings(text: string): Mapping[] {
  return text.split("\n").flatMap((line) => {
    const match = LINE.exec(line);
    if (match === null) return [];
    const [, start, end, permissions, offset, inode, path] = match;
    return {
      start: Number.parseInt(start, 16),
      end: Number.parseInt(end, 16),
      isReadable: permissions[0] === "r",
      isWritable: permissions[1] === "w",
      isExecutable: permissions[2] === "x",
      isFile: inode !== "0",
      offset: Number.parseInt(offset, 16),
      path,
    };
  });
}

/** A mapping, or a part of one, that is a file's as a whole, or not at all. */
export interface Part extends Mapping {
  /** As in `Region`. */
  readonly isStatic: boolean;
}

/**
 * Parts of mappings, in order. The zeroed memory of a program's or a library's variables lies right behind its data and has no name; what was
 * mapped behind that may be one mapping with it. `firstPage`: reads the page at an address.
 */
export function partsOf(mappings: readonly Mapping[], firstPage: (address: number) => Uint8Array): Part[] {
  let [file, end]: [string, number] = ["", 0];
  return mappings.flatMap((mapping) => {
    if (mapping.isFile) {
      if (mapping.offset === 0 || mapping.path !== file) {
        file = mapping.path;
        end = mapping.offset === 0 ? endOfVariables(firstPage(mapping.start), mapping.start) : 0;
      }
      return { ...mapping, isStatic: true };
    }
    if (mapping.path !== "" || mapping.start >= end) return { ...mapping, isStatic: false };
    const staticEnd = Math.min(mapping.end, Math.ceil(end / PAGE) * PAGE);
    const parts = [
      { ...mapping, end: staticEnd, isStatic: true },
      { ...mapping, start: staticEnd, isStatic: false },
    ];
    return parts.filter(({ start, end }) => end > start);
  });
}

const PAGE = 4096;

/** What the system maps into every process, of its own. */
export const isOfSystem = (path: string): boolean => /^\[v(var|syscall|dso)/.test(path);

/** What a Python may have objects in: all that can be written, and constants of the program and its libraries. */
export const isWanted = ({ isReadable, isWritable, isExecutable, isFile, path }: Mapping): boolean =>
  isReadable && !isOfSystem(path) && (isWritable || (isFile && !isExecutable && /python|\.so/.test(path)));
