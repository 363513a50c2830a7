/** No network: Emscripten's sockets are WebSockets in a browser, and elsewhere connect to everything, with what is sent going nowhere. */
import type { RunnablePyodide } from "./capi.js";

interface WithSockets {
  readonly FS: { readonly ErrnoError: new (errno: number) => Error };
  readonly ERRNO_CODES: Readonly<Record<"EAFNOSUPPORT", number>>;
  readonly _module: { readonly SOCKFS: { createSocket(...how: unknown[]): unknown } };
}

/** Has `socket()`, and so all that connects, raise `OSError`. */
export function refuseSockets(pyodide: RunnablePyodide): void {
  const { FS, ERRNO_CODES, _module } = pyodide as unknown as WithSockets;
  _module.SOCKFS.createSocket = () => {
    throw new FS.ErrnoError(ERRNO_CODES.EAFNOSUPPORT);
  };
}
