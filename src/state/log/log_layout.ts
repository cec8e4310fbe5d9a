/**
 * What stands where in the SharedArrayBuffer: a header of Int32 words, then one region of bytes
 * that begins with a snapshot (or nothing) and goes on with the log of operations.
 *
 * Words that are written often stand on cache lines of their own (16 words).
 */

/** Moves with every change: a replica that has seen this version is up to date. */
export const VERSION = 0;
/**
 * The internal lock ({@linkcode Mutex}). The words below are written under it, but for the user's lock, the
 * epoch that a thread says it has reached before it takes the lock, and the blocks of ids, which are counted
 * up in one step.
 */
export const MUTEX = 16;

/** The user's lock: 0, an owner id, or owner id | CONTENDED. */
export const USER_LOCK = 32;
/** How many threads have waited for the user's lock so long that it must be handed to them. */
export const STARVING = 33;
/** The next ticket for a starving thread. */
export const TICKET = 34;
/** 1 when a thread died holding the user's lock and no owner has been told yet. */
export const ABANDONED = 35;
/** The dead thread's name: its length in bytes, then the bytes. */
export const NAME_LENGTH = 36;
/** See {@linkcode NAME_LENGTH}. */
export const NAME = 37;
/** The longest name kept, in bytes. */
export const NAME_BYTES = 64;

/** Counts how often the log has begun anew. */
export const EPOCH = 64;
/** Where the log ends, in bytes from the region's start. */
export const END = 65;
/** Where the log ended when the epoch changed: who had read that far misses nothing. */
export const PREVIOUS_END = 66;
/** How many bytes of the region's start are a snapshot. */
export const SNAPSHOT_LENGTH = 67;
/** 1 when the whole state can be read from the region: it has a snapshot, or the log's very start. */
export const HAS_BASE = 68;
/** The region's length in bytes. */
export const CAPACITY = 69;
/** At least as many bytes as a snapshot would take now. */
export const SIZE_BOUND = 70;
/** The next block of object ids. */
export const NEXT_BLOCK = 71;
/** The next owner id. */
export const NEXT_OWNER = 72;
/** How many snapshots were written. */
export const SNAPSHOTS = 73;
/** How often the log was begun anew without a snapshot. */
export const RESTARTS = 74;
/** How many threads may be part of the state at once. */
export const SLOT_COUNT = 75;

/** The first slot. */
export const SLOTS = 80;
/** Words in a slot. */
export const SLOT_WORDS = 5;
/** In a slot: the owner id of the thread that lives in it; 0 when free. A fenced thread finds another's. */
export const SLOT_OWNER = 0;
/** In a slot: the epoch this thread has reached, -1 before it joined. */
export const SLOT_EPOCH = 1;
/** In a slot: where in the log this thread has read to. */
export const SLOT_POSITION = 2;
/** In a slot: the ticket of a thread that starves for the user's lock, else 0. */
export const SLOT_TICKET = 3;
/** In a slot: whose ticket that is. A fenced thread may write one late, when the slot is another's. */
export const SLOT_TICKET_OWNER = 4;

/** The index of a slot's first word. */
export function slotIndex(slot: number): number {
  return SLOTS + slot * SLOT_WORDS;
}

const MAX_BYTES = 0x7fff_0000;
const MIN_REGION_BYTES = 1024;

/**
 * The memory of a state that begins: its creator has the first slot, and the first owner id.
 *
 * @param slots How many threads may be part of it at once.
 * @param initialBytes Its size at first.
 * @param maxBytes How large it may become.
 */
export function createStateBuffer(
  slots: number,
  initialBytes: number,
  maxBytes: number,
): SharedArrayBuffer {
  const base = headerBytes(slots);
  const initial = Math.max(initialBytes, base + MIN_REGION_BYTES);
  const maxByteLength = Math.min(MAX_BYTES, Math.max(maxBytes, initial));
  const buffer = new SharedArrayBuffer(initial, { maxByteLength });
  initHeader(new Int32Array(buffer, 0, base / 4), slots, initial - base);
  return buffer;
}

function initHeader(words: Int32Array, slots: number, capacity: number): void {
  words[SLOT_COUNT] = slots;
  words[CAPACITY] = capacity;
  words[HAS_BASE] = 1;
  words[NEXT_BLOCK] = 1;
  words[NEXT_OWNER] = 2;
  words[slotIndex(0) + SLOT_OWNER] = 1;
}

/** Bytes before the region. */
export function headerBytes(slots: number): number {
  return (slotIndex(slots) * 4 + 63) & ~63;
}
