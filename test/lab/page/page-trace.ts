/** The trace that the tests of the page open. */

/** Three arenas of 3.12 filled, most of it freed; two marks. */
function smallTrace(): string {
  const lines: string[] = ["# python 3.12"];
  const count = 9000;
  for (let id = 0; id < count; id++) lines.push(`a ${id} ${[40, 100, 300, 500][id % 4]}`);
  lines.push("A 9000 150000", "m built");
  for (let id = 0; id < count; id++) if (id % 500 !== 0) lines.push(`f ${id}`);
  lines.push("m dropped");
  for (let id = 0; id < count; id += 500) lines.push(`f ${id}`);
  return `${lines.join("\n")}\n`;
}

export const TEXT = smallTrace();
/** Positions of its marks, and its end. */
export const [BUILT, DROPPED, END] = [9002, 17_985, 18_003];
