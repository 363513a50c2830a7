#!/usr/bin/env node
/** `pymalloc COMMAND …` */
import { dispatch } from "./dispatch.js";

// A reader that has enough, as in `| head`, ends the program quietly, with the exit status that it has by then.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit();
  process.stderr.write(`stdout: cannot be written: ${error.message}\n`);
  process.exit(1);
});

process.exitCode = await dispatch(process.argv.slice(2));
