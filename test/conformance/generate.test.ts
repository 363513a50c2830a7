/** The synthetic traces are the ones that the goldens answer, byte for byte. */
import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { SYNTHETIC, synthetic, syntheticBytes } from "../model/generate.js";

/** SHA-256 of each `.rep` file as the generator wrote it whose output the real interpreters replayed. */
const SHA256: Readonly<Record<string, string>> = {
  sizes: "687896fcd639c6c0c88f56b82401aeffab074e9e5c28334e0eac2eb082b1b2e7",
  zero: "4460bfb764209f3600ad81ac37c1e781de08250db01c364b2159bd6af6a8a665",
  realloc_pairs: "0666a12f005caf711430a785565f1b3159f4a4cf5704e4277fab14656110f9ba",
  realloc_walk: "ac9a28ee0b2e66ca81fbc96bca25ffba876dceb18881cce15f08f5d0169ea172",
  calloc: "856f8b3776f57076ae9618ead19e03a806c9080b375d74ef22f1498e98ca33b4",
  churn: "4fcaef1af08e75571b83f488d30f55da7042e8348f561f0b46eba7cce8b8b2bf",
  lifo: "062142265abc94fa3ef4679b9e7b73c37972fcdc89fef87ebb3248d18cb5bff4",
  fifo: "e5d3beb3f137975c97f17b1d2eb0be2647449a96083d29fcc4fb4516a48d8507",
  ramp: "8140da29a98721888ba85d490d65d6c38b1d125a36ca9e22117a1eb749ccdaa3",
  fragment: "9b907235c7508647b5a66d89dfc66b084aef08a86d931d14cbc78a80048849fd",
  arenas: "945313d824e9e4f3dbbe006f9778cc2cebcefe8489eefd93668281e60785ab8f",
  thrash: "8dede6d6fc41b5cb6f506f7adaa108524e4a27a2bf1c8b1f7f0c728d84c8ab1b",
  mix: "4d4cabf05a1622cde29f06acb832f4afe3a64e32190079b50d39a8fd6bc25370",
};

describe("a synthetic trace", () => {
  it("is one of 13", () => {
    expect(SYNTHETIC).toEqual(Object.keys(SHA256));
  });

  it.each(SYNTHETIC)("has the bytes of its golden's trace: %s", (name) => {
    expect(createHash("sha256").update(syntheticBytes(name)).digest("hex")).toBe(SHA256[name]);
  });

  it("is the same as text and as bytes", () => {
    expect(new TextEncoder().encode(synthetic("zero"))).toEqual(syntheticBytes("zero"));
  });

  it("changes with the seed, and is the same for the same seed", () => {
    expect(synthetic("zero", 1)).not.toBe(synthetic("zero"));
    expect(synthetic("zero", 1)).toBe(synthetic("zero", 1));
  });

  it("throws a RangeError for a name or a seed that there is none of", () => {
    expect(() => synthetic("toString")).toThrow(RangeError);
    for (const seed of [0, -1, 0.5, 2 ** 32, Number.NaN]) expect(() => synthetic("zero", seed)).toThrow(RangeError);
  });
});
