/**
 * Free blocks of the raw domain in a tree, for the strategies first-fit and best-fit: their answers are those of a search of the whole
 * list, found in a logarithmic number of steps.
 *
 * ╒══ a free block's first words ═════════════════════════════════════════╕
 * │  +0  left, right                                                       │
 * │  +8  key    its address; lifo: its turn, the newest the least          │
 * │ +12  most   the size of the largest block from here down               │
 * └────────────────────────────────────────────────────────────────────────┘
 *
 *     first fit   in order by key; the first that is large enough is where `most` says so and nothing before it does
 *     best fit    in order by size, then key; the first that is large enough
 *
 * A parent comes before its children by a hash of its address, so that the tree is as deep as one made in random order. A real list
 * would have two links in a block; with these words and its size at the end the least block has 32 bytes.
 * Method: Aragon and Seidel, "Randomized Search Trees", FOCS 1989, with a hash for the dice.
 */
import { DEBUG } from "../layout/debug";
import { RAW_HEADER } from "../layout/layout";
import { FIT_FIRST } from "../layout/strategylayout";
import { fitRule } from "./fitrule";

@unmanaged
class Node {
  left: usize;
  right: usize;
  key: u32;
  most: usize;
}

function node(block: usize): Node {
  return changetype<Node>(block);
}

/** As rawblock.ts has it; that file imports this one. */
function sizeOf(block: usize): usize {
  return load<usize>(block - RAW_HEADER) & ~15;
}

/** A word that looks random, another for each block. */
function hashOf(block: usize): u32 {
  let hash = <u32>(block >>> 4) * 0x9e3779b1;
  hash = (hash ^ (hash >>> 15)) * 0x85ebca77;
  return hash ^ (hash >>> 13);
}

function isBefore(block: usize, other: usize): bool {
  if (fitRule.rule != FIT_FIRST) {
    const size = sizeOf(block);
    const otherSize = sizeOf(other);
    if (size != otherSize) return size < otherSize;
  }
  return node(block).key < node(other).key;
}

function isAbove(block: usize, other: usize): bool {
  return hashOf(block) > hashOf(other);
}

// ---- shape ------------------------------------------------------------------------------------------

function mostOf(block: usize): usize {
  return block ? node(block).most : 0;
}

/** Its children are others now. */
function updateMost(block: usize): void {
  const n = node(block);
  n.most = max<usize>(sizeOf(block), max<usize>(mostOf(n.left), mostOf(n.right)));
}

/** Makes the left child the parent; returns it. */
function raiseLeft(block: usize): usize {
  const child = node(block).left;
  node(block).left = node(child).right;
  node(child).right = block;
  updateMost(block);
  updateMost(child);
  return child;
}

function raiseRight(block: usize): usize {
  const child = node(block).right;
  node(block).right = node(child).left;
  node(child).left = block;
  updateMost(block);
  updateMost(child);
  return child;
}

/** Adds `block` to the tree at `root`; returns its root. */
function insertBelow(root: usize, block: usize): usize {
  if (!root) return block;
  const n = node(root);
  if (isBefore(block, root)) {
    n.left = insertBelow(n.left, block);
    if (isAbove(n.left, root)) return raiseLeft(root);
  } else {
    n.right = insertBelow(n.right, block);
    if (isAbove(n.right, root)) return raiseRight(root);
  }
  updateMost(root);
  return root;
}

/** One tree of two, of which all of the first comes before all of the second. */
function join(first: usize, second: usize): usize {
  if (!first || !second) return first | second;
  if (isAbove(first, second)) {
    node(first).right = join(node(first).right, second);
    updateMost(first);
    return first;
  }
  node(second).left = join(first, node(second).left);
  updateMost(second);
  return second;
}

/** Takes `block` out of the tree at `root`; returns its root. */
function removeBelow(root: usize, block: usize): usize {
  if (DEBUG) assert(root != 0); // the block is in the tree
  const n = node(root);
  if (root == block) return join(n.left, n.right);
  if (isBefore(block, root)) n.left = removeBelow(n.left, block);
  else n.right = removeBelow(n.right, block);
  updateMost(root);
  return root;
}

// ---- the index --------------------------------------------------------------------------------------

/** Adds a free block, whose header is written. */
export function insertFreeBlock(block: usize): void {
  const n = node(block);
  n.left = 0;
  n.right = 0;
  n.key = fitRule.lifo ? ~fitRule.entered++ : <u32>block;
  n.most = sizeOf(block);
  fitRule.root = insertBelow(fitRule.root, block);
}

/** Takes a block out, whose header is as it was. */
export function removeFreeBlock(block: usize): void {
  fitRule.root = removeBelow(fitRule.root, block);
}

/** The block that serves a request of `size` by the rule, or 0. It stays in the tree. */
export function findFreeBlock(size: usize): usize {
  return fitRule.rule == FIT_FIRST ? firstFit(size) : bestFit(size);
}

function firstFit(size: usize): usize {
  let at = fitRule.root;
  if (mostOf(at) < size) return 0;
  while (true) {
    const n = node(at);
    if (mostOf(n.left) >= size) at = n.left;
    else if (sizeOf(at) >= size) return at;
    else at = n.right;
  }
}

function bestFit(size: usize): usize {
  let found: usize = 0;
  let at = fitRule.root;
  while (at) {
    if (sizeOf(at) >= size) {
      found = at;
      at = node(at).left;
    } else {
      at = node(at).right;
    }
  }
  return found;
}
