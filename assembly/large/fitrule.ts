/** In a strategy's build: which of the free blocks that are large enough serves a request. */
import { FIT_RULE, FIT_RULE_SIZE } from "../layout/strategylayout";

@unmanaged
class FitRule {
  /** One of FIT_…. */
  rule: u32;
  /** First fit: the block freed last comes first, not that of the lowest address; best fit: so among blocks of one size. */
  lifo: bool;
  /** The tree of free blocks (freetree.ts), or 0. */
  root: usize;
  /** Free blocks entered so far: the next one's turn. */
  entered: u32;
}

export const fitRule: FitRule = changetype<FitRule>(FIT_RULE);

if (offsetof<FitRule>() > FIT_RULE_SIZE) ERROR("struct FitRule outgrows its slot: raise FIT_RULE_SIZE");
