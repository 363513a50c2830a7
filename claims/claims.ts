/** All claims, in the order of docs/claims.md. */
import { alignment } from "./alignment.js";
import { arenachoice } from "./arenachoice.js";
import { arenasize } from "./arenasize.js";
import type { Claim } from "./claim.js";
import { devpi } from "./devpi.js";
import { freeing } from "./freeing.js";
import { hugepages } from "./hugepages.js";
import { ledger } from "./ledger.js";
import { meshRedis, meshRuby } from "./meshing.js";
import { navide } from "./navide.js";
import { neverrelease } from "./neverrelease.js";
import { arena256, collectAfterDel, gcThresholds, poolIsPage, poolNeverBack, small256 } from "./sentences.js";
import { survivors } from "./survivors.js";
import { thrash } from "./thrash.js";
import { threshold } from "./threshold.js";

export const CLAIMS: readonly Claim[] = [
  thrash,
  survivors,
  navide,
  freeing,
  threshold,
  alignment,
  arenasize,
  neverrelease,
  arenachoice,
  meshRedis,
  meshRuby,
  hugepages,
  devpi,
  ledger,
  collectAfterDel,
  poolNeverBack,
  small256,
  arena256,
  poolIsPage,
  gcThresholds,
];
