/**
 * Proves at build time that the regions of layout.ts and strategylayout.ts lie one after the other. place.ts imports it, so every
 * build is checked. That a struct fits its slot, and a size its contents, is proved beside the struct.
 */

import {
  ARENAS,
  ARENAS_SIZE,
  BASE_OFFSETS,
  BASE_OFFSETS_SIZE,
  BROKEN,
  BROKEN_SIZE,
  CENSUS,
  CENSUS_SIZE,
  GEOMETRY,
  GEOMETRY_SIZE,
  LARGE,
  LARGE_INDEX,
  LARGE_INDEX_SIZE,
  LARGE_SIZE,
  LOG,
  LOG_SIZE,
  NFP2LASTA,
  NFP2LASTA_SIZE,
  OS,
  OS_INDEX,
  OS_INDEX_SIZE,
  OS_PAGES,
  OS_PAGES_SIZE,
  OS_SIZE,
  POOLS,
  RAW_STARTS,
  RAW_STARTS_SIZE,
  REPLAY,
  REPLAY_SIZE,
  STATE,
  STATE_SIZE,
  USEDPOOLS,
  USEDPOOLS_SIZE,
} from "./layout";
import {
  FIT_RULE,
  FIT_RULE_SIZE,
  MARKS,
  MARKS_SIZE,
  MODEL,
  MODEL_SIZE,
  OWN,
  OWN_SIZE,
  POLICY,
  POLICY_SIZE,
  RANGES,
  RANGES_SIZE,
  RECORDS,
  RECORDS_SIZE,
  STRATEGY_POOLS,
  TABLE,
  TABLE_SIZE,
  TOUCHED,
  TOUCHED_SIZE,
  WALK,
  WALK_SIZE,
} from "./strategylayout";

// ---- regions ------------------------------------------------------------------------------------------

if (USEDPOOLS < STATE + STATE_SIZE) ERROR("USEDPOOLS overlaps STATE");
if (CENSUS < USEDPOOLS + USEDPOOLS_SIZE) ERROR("CENSUS overlaps USEDPOOLS");
if (NFP2LASTA < CENSUS + CENSUS_SIZE) ERROR("NFP2LASTA overlaps CENSUS");
if (OS_PAGES < NFP2LASTA + NFP2LASTA_SIZE) ERROR("OS_PAGES overlaps NFP2LASTA");
if (RAW_STARTS < OS_PAGES + OS_PAGES_SIZE) ERROR("RAW_STARTS overlaps OS_PAGES");
if (POOLS < RAW_STARTS + RAW_STARTS_SIZE) ERROR("POOLS overlaps RAW_STARTS");

// ---- slots in STATE -----------------------------------------------------------------------------------

if (GEOMETRY < STATE) ERROR("GEOMETRY lies before STATE");
if (BASE_OFFSETS < GEOMETRY + GEOMETRY_SIZE) ERROR("BASE_OFFSETS overlaps GEOMETRY");
if (ARENAS < BASE_OFFSETS + BASE_OFFSETS_SIZE) ERROR("ARENAS overlaps BASE_OFFSETS");
if (LARGE < ARENAS + ARENAS_SIZE) ERROR("LARGE overlaps ARENAS");
if (OS < LARGE + LARGE_SIZE) ERROR("OS overlaps LARGE");
if (REPLAY < OS + OS_SIZE) ERROR("REPLAY overlaps OS");
if (BROKEN < REPLAY + REPLAY_SIZE) ERROR("BROKEN overlaps REPLAY");
if (LOG < BROKEN + BROKEN_SIZE) ERROR("LOG overlaps BROKEN");
if (LARGE_INDEX < LOG + LOG_SIZE) ERROR("LARGE_INDEX overlaps LOG");
if (OS_INDEX < LARGE_INDEX + LARGE_INDEX_SIZE) ERROR("OS_INDEX overlaps LARGE_INDEX");
if (MODEL != OS_INDEX + OS_INDEX_SIZE) ERROR("MODEL of strategylayout.ts must be where OS_INDEX ends");
if (WALK < MODEL + MODEL_SIZE) ERROR("WALK overlaps MODEL");
if (POLICY < WALK + WALK_SIZE) ERROR("POLICY overlaps WALK");
if (FIT_RULE < POLICY + POLICY_SIZE) ERROR("FIT_RULE overlaps POLICY");
if (OWN < FIT_RULE + FIT_RULE_SIZE) ERROR("OWN overlaps FIT_RULE");
if (MARKS < OWN + OWN_SIZE) ERROR("MARKS overlaps OWN");
if (MARKS + MARKS_SIZE > STATE + STATE_SIZE) ERROR("MARKS reaches past the end of STATE");

// ---- tables of strategy builds ------------------------------------------------------------------------

if (TOUCHED != POOLS) ERROR("TOUCHED of strategylayout.ts must be where POOLS is");
if (RANGES < TOUCHED + TOUCHED_SIZE) ERROR("RANGES overlaps TOUCHED");
if (RECORDS < RANGES + RANGES_SIZE) ERROR("RECORDS overlaps RANGES");
if (TABLE < RECORDS + RECORDS_SIZE) ERROR("TABLE overlaps RECORDS");
if (STRATEGY_POOLS < TABLE + TABLE_SIZE) ERROR("STRATEGY_POOLS overlaps TABLE");
