/** What the live blocks at the cursor were asked for: the events behind them, by address. */
import { domainOf } from "../../../trace/event.js";
import type { BlockOrigin } from "../../protocol/index.js";
import type { Labels } from "./labels.js";
import type { LiveBlocks } from "./liveblocks.js";
import type { Requests } from "./requests.js";

export const DOMAIN_NAMES = ["obj", "mem", "raw"] as const;

export class Origins {
  constructor(
    readonly requests: Requests,
    readonly labels: Labels,
    readonly live: LiveBlocks,
    /** By id, the address of its live block or 0. */
    readonly addresses: Uint32Array,
    readonly position: number,
  ) {}

  /** Ids of the live blocks that lie from `start` to before `end`, by address. */
  idsIn(start: number, end: number): Map<number, number> {
    const ids = new Map<number, number>();
    const { addresses } = this;
    for (let id = 0; id < addresses.length; id++) {
      const address = addresses[id];
      if (address >= start && address < end) ids.set(address, id);
    }
    return ids;
  }

  /** Of the live block of `id`; `null` where it has none. */
  origin(id: number): BlockOrigin | null {
    const last = this.live.last[id];
    if (last < 0) return null;
    const birth = this.live.birth[id];
    const { words } = this.requests;
    return {
      id,
      domain: DOMAIN_NAMES[domainOf(words[2 * last])],
      asked: words[2 * last + 1],
      bornAt: birth,
      age: this.position - 1 - birth,
      resizedAt: last === birth ? -1 : last,
      type: this.labels.typeOfEvent?.[last] ?? 0,
      line: this.labels.lineOfEvent?.[last] ?? 0,
      freedAt: this.requests.freedAt(id, this.position),
    };
  }

  /** Of the live block that starts at `address`. */
  originAt(address: number): BlockOrigin | null {
    const id = address === 0 ? -1 : this.addresses.indexOf(address);
    return id < 0 ? null : this.origin(id);
  }
}
