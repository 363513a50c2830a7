/**
 * The first word of an event: op, domain and id, packed as the core reads them.
 *
 *     word 0   bits 0–2 op · bits 3–4 domain · bits 5–31 id
 *
 * No other file of src/ shifts or masks it.
 */
import { DOMAIN_MASK, DOMAIN_SHIFT, ID_SHIFT, OP_MASK } from "../memory/codes.js";

export {
  DOMAIN_MEM,
  DOMAIN_OBJ,
  DOMAIN_RAW,
  OP_CALLOC,
  OP_FREE,
  OP_MALLOC,
  OP_MARK,
  OP_REALLOC,
} from "../memory/codes.js";

export type Domain = 0 | 1 | 2;

/** One more than the highest id that an event can hold. */
export const MAX_IDS = 2 ** (32 - ID_SHIFT);

/** The bits of the first word that have the domain. */
export const DOMAIN_BITS = DOMAIN_MASK << DOMAIN_SHIFT;

export const opOf = (word: number): number => word & OP_MASK;

/** The domain of an event that is not a mark: a `Domain` in a trace, perhaps 3 in one that was not checked. */
export const domainOf = (word: number): number => (word >>> DOMAIN_SHIFT) & DOMAIN_MASK;

/** The id of an event that is not a mark. */
export const idOf = (word: number): number => word >>> ID_SHIFT;

/** The first word of an event. `id` is less than `MAX_IDS`. */
export const packEvent = (op: number, domain: number, id: number): number =>
  ((id << ID_SHIFT) | (domain << DOMAIN_SHIFT) | op) >>> 0;
