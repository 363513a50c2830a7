/** The page of a report file: the lab without examples, editor and tour, on the trace that the file holds. */
import { render } from "preact";
import HeapWorker from "./engine/heapworker.ts?worker&inline";
import { startEngine } from "./model/engineclient.js";
import { closeSummary, openReport } from "./model/reportfile.js";
import { lab } from "./model/state.js";
import { App } from "./view/frame/app.js";
import "./view/style/lab.css";
import "./view/style/report.css";

closeSummary();
lab.set({ hasEditor: false });
startEngine(new HeapWorker({ name: "heap" }));
render(<App />, document.getElementById("lab") as HTMLElement);
void openReport();
