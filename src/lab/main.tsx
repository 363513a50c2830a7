/** The lab's page: draws itself, then opens what its address asks for. */
import { render } from "preact";
import HeapWorker from "./heapworker.ts?worker";
import { App } from "./ui/app.js";
import { startEngine } from "./ui/engine.js";
import { Left } from "./ui/left.js";
import { openFromLink } from "./ui/opening.js";
import { Tour } from "./ui/tour.js";
import "./ui/style/lab.css";
import "./ui/style/editor.css";

startEngine(new HeapWorker({ name: "heap" }));
render(<App Left={Left} Tour={Tour} />, document.getElementById("lab") as HTMLElement);
void openFromLink();
