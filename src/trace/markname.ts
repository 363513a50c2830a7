/** Names of marks: one plain line each, as all forms of a trace can hold it. */

/** Whether it is one: no control character but a tab, no surrogate alone, trimmed. */
export const isMarkName = (name: string): boolean => !/^[ \t]|[ \t]$|(?!\t)\p{Cc}|\p{Cs}/u.test(name);

/** What a program gave, as one. */
export const markName = (text: string): string =>
  text
    .replace(/\s+/g, " ")
    .trim()
    .replace(/\p{Cc}|\p{Cs}/gu, "?");
