/** The lab's page: draws itself, then opens what its address asks for. */
import { render } from "preact";
import { App } from "./ui/app.js";
import { openFromLink } from "./ui/opening.js";
import "./ui/style/page.css";
import "./ui/style/controls.css";
import "./ui/style/map.css";
import "./ui/style/pool.css";
import "./ui/style/editor.css";
import "./ui/style/panels.css";
import "./ui/style/ledger.css";
import "./ui/style/numbers.css";
import "./ui/style/data.css";
import "./ui/style/timeline.css";

render(<App />, document.getElementById("lab") as HTMLElement);
void openFromLink();
