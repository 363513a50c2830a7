/** Size classes by name. */
import { blockSize, type Geometry } from "../../../geometry/geometry.js";

/** Stands for a size class: of the raw domain. */
const RAW_KEY = -1;

/** As in "48 bytes"; "raw" for `RAW_KEY`. */
export const classNames =
  (geometry: Geometry) =>
  (szidx: number): string =>
    szidx === RAW_KEY ? "raw" : `${blockSize(geometry, szidx)} bytes`;
