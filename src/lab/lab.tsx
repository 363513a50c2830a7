/** The lab's page: draws itself, then opens what its address asks for. */
import { render } from "preact";
import HeapWorker from "./engine/heapworker.ts?worker";
import { startEngine } from "./model/engineclient.js";
import { openFromLink } from "./model/opening.js";
import { App } from "./view/frame/app.js";
import { Left } from "./view/frame/left.js";
import { Tour } from "./view/frame/tour.js";
import "./view/style/lab.css";
import "./view/style/editor.css";

startEngine(new HeapWorker({ name: "heap" }));
render(<App Left={Left} Tour={Tour} />, document.getElementById("lab") as HTMLElement);
void openFromLink();
