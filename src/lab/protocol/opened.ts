/** What is open: a trace, a run of Python or a heap image, and the sides made for it. */
import type { Geometry } from "../../geometry/geometry.js";
import type { Profile } from "../../geometry/profiles.js";
import type { SourceLine } from "../../trace/recordedrun.js";

export interface Opened {
  readonly info: TraceInfo;
  readonly sides: SideInfo[];
}

export interface TraceInfo {
  readonly kind: "trace" | "recording" | "image";
  readonly name: string;
  /** What the bytes were: `rep`, `pytrace`, `mtrace`, `heaptrack`, `memray`, `image`, `recording`. */
  readonly format: string;
  /** Marks included; 0 for a heap image, which is one moment. */
  readonly events: number;
  /** Events of the MEM and OBJ domains. */
  readonly ops: number;
  /** One more than the highest id. */
  readonly ids: number;
  readonly peakLiveBytes: number;
  readonly recordedBy: string | null;
  /** Names as in `replay --json`; positions right behind the marks. */
  readonly marks: readonly MarkInfo[];
  /** Entry 0 is "unknown"; only that one where types are not known. */
  readonly types: readonly string[];
  /** Entry 0 is `null`; only that one where lines are not known. */
  readonly lines: readonly (SourceLine | null)[];
  /** What a reader must know, a sentence each. */
  readonly notes: readonly string[];
}

export interface MarkInfo {
  readonly name: string;
  readonly position: number;
}

export interface SideInfo {
  /** Name of the profile; `custom` for a geometry. */
  readonly profile: string;
  readonly geometry: Geometry;
  readonly pointerBits: 32 | 64;
  /** What stands behind the placements of this profile. */
  readonly witness: Profile["witness"];
  readonly source: string;
  /** NB_SMALL_SIZE_CLASSES. */
  readonly classCount: number;
  /** What to know before comparing, a sentence each. */
  readonly notes: readonly string[];
  /** Bytes that the moments kept on the way take. */
  readonly keyframeBytes: number;
}
