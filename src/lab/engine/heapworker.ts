/** The worker that the heap lives in: the engine behind comlink. */
import { expose } from "comlink";
import { Engine } from "./engine.js";
import { moveAnswers } from "./transferables.js";

moveAnswers();
expose(new Engine());
