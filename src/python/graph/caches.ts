/** Caches that the standard library keeps, and what empties each. */

/** By path: a cache, or what is in it. `$1` stands for the path of a function. */
const CACHES: readonly (readonly [path: RegExp, emptiedBy: string])[] = [
  [/^re\._(cache|cache2|compile_template<lru_cache>)(?![\w.])/, "re.purge()"],
  [/^linecache\.(cache|_interactive_cache)(?![\w.])/, "linecache.clearcache()"],
  [/^(.+?)<lru_cache>/, "$1.cache_clear()"],
  [/^sys\.path_importer_cache(?![\w.])/, "sys.path_importer_cache.clear()"],
];

/** The call that empties the cache at a path, or the cache that what is there has; `null` if none is known. */
export function emptiedBy(path: string, type: string): string | null {
  if (type === "functools._lru_cache_wrapper") return `${path}.cache_clear()`;
  for (const [cache, call] of CACHES) {
    const found = cache.exec(path);
    if (found !== null) return call.replace("$1", found[1]);
  }
  return null;
}
