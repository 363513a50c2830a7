/**
 * dist/stdlib/pyodide-VERSION.zip: the standard library of the installed Pyodide with each module compiled beside its source, as python
 * has it in __pycache__. Pyodide carries sources alone, and compiles 150 modules at each start.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { loadPyodide } from "pyodide";

const OUT = "dist/stdlib";

/** Tracebacks name the sources by the paths that they have in Pyodide; whether a source is newer is never asked. */
const COMPILE = `
import io, sys, zipfile
from importlib import _bootstrap_external as files

def compiled(library):
    out = io.BytesIO()
    with zipfile.ZipFile(library) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new:
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info, data)
            if info.filename.endswith(".py"):
                code = compile(data, f"{library}/{info.filename}", "exec", dont_inherit=True)
                beside = zipfile.ZipInfo(info.filename + "c", info.date_time)
                beside.compress_type = zipfile.ZIP_DEFLATED
                new.writestr(beside, files._code_to_hash_pyc(code, bytes(8), False), compresslevel=9)
    return out.getvalue()

compiled(next(path for path in sys.path if path.endswith(".zip")))
`;

export async function buildStandardLibrary(): Promise<void> {
  const { version } = JSON.parse(await readFile("node_modules/pyodide/package.json", "utf8"));
  const pyodide = await loadPyodide({ env: { PYTHONHASHSEED: "0" } });
  const bytes: Uint8Array = pyodide.runPython(COMPILE).toJs();
  await rm(OUT, { recursive: true, force: true });
  await mkdir(OUT, { recursive: true });
  await writeFile(`${OUT}/pyodide-${version}.zip`, bytes);
}
