/** The page of a report file: the lab without examples, editor and tour, on the trace that the file holds. */
import { render } from "preact";
import HeapWorker from "./heapworker.ts?worker&inline";
import { App } from "./ui/app.js";
import { startEngine } from "./ui/engine.js";
import { closeSummary, openReport } from "./ui/report.js";
import { lab } from "./ui/state.js";
import "./ui/style/lab.css";
import "./ui/style/report.css";

closeSummary();
lab.set({ hasEditor: false });
startEngine(new HeapWorker({ name: "heap" }));
render(<App />, document.getElementById("lab") as HTMLElement);
void openReport();
