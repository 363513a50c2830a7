/** Caches that the standard library keeps, and what empties each. */

/** Paths of caches, and of their contents. `$1` is the path of a cached function; it must be an expression. */
const CACHES: readonly (readonly [path: RegExp, emptiedBy: string])[] = [
  [/^re\._(cache|cache2|compile_template<lru_cache>)(?![\w.])/, "re.purge()"],
  [/^linecache\.cache(?![\w.])/, "linecache.clearcache()"],
  [/^([^< ]+)<lru_cache>/, "$1.cache_clear()"],
  [/^sys\.path_importer_cache(?![\w.])/, "sys.path_importer_cache.clear()"],
];

/** Returns the call that empties the cache at `path`, or the cache of the function there; `null` if no such call is known. */
export function emptiedBy(path: string, type: string): string | null {
  if (type === "functools._lru_cache_wrapper" && /^[^< ]+$/.test(path)) return `${path}.cache_clear()`;
  for (const [cache, call] of CACHES) {
    const found = cache.exec(path);
    if (found !== null) return call.replace("$1", found[1]);
  }
  return null;
}
