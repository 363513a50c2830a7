/** Names that may stand behind a dot. */
const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]*$/u;
const KEYWORDS: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global " +
    "if import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

export const isIdentifier = (name: string): boolean => IDENTIFIER.test(name) && !KEYWORDS.has(name);
