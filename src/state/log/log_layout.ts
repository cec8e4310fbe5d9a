/**
 * The layout of the SharedArrayBuffer: a header of Int32 words, then one region of bytes, which
 * starts with a snapshot (or nothing) and continues with the op log.
 *
 * Words that are written often are on cache lines of their own (16 words).
 */

/** Incremented by every change: a replica that has reached this version is up to date. */
export const VERSION = 0;
/**
 * The internal lock ({@linkcode Mutex}). The words below are written under it, except for the
 * user's lock, the epoch that a thread resets before it acquires the lock, and the id blocks, which
 * are incremented atomically.
 */
export const MUTEX = 16;

/** The user's lock: 0, an owner id, or owner id | CONTENDED. */
export const USER_LOCK = 32;
/** Number of threads that starve for the user's lock, so that it must be handed off to them. */
export const STARVING = 33;
/** The next ticket for a starving thread. */
export const TICKET = 34;
/** 1 when a thread died while it held the user's lock, until the next owner reads it. */
export const ABANDONED = 35;
/** Length in bytes of the dead thread's name. */
export const NAME_LENGTH = 36;
/** The dead thread's name, in UTF-8. */
export const NAME = 37;
/** Maximum length of that name in bytes. */
export const NAME_BYTES = 64;

/** Incremented when the log restarts. */
export const EPOCH = 64;
/** The log's end, in bytes from the region's start. */
export const END = 65;
/** The log's end before the last restart: a reader at this position has missed nothing. */
export const PREVIOUS_END = 66;
/** Length in bytes of the snapshot at the region's start. */
export const SNAPSHOT_LENGTH = 67;
/** 1 when the region has the whole state: a snapshot, or the first operations of the state. */
export const HAS_BASE = 68;
/** The region's length in bytes. */
export const CAPACITY = 69;
/** Upper bound of the length in bytes of a snapshot taken now. */
export const SIZE_BOUND = 70;
/** The next block of object ids. */
export const NEXT_BLOCK = 71;
/** The next owner id. */
export const NEXT_OWNER = 72;
/** Number of restarts with a snapshot. */
export const SNAPSHOTS = 73;
/** Number of restarts without a snapshot. */
export const RESTARTS = 74;
/** Maximum number of threads in the state at once. */
export const SLOT_COUNT = 75;

/** The first slot. */
export const SLOTS = 80;
/** Words in a slot. */
export const SLOT_WORDS = 5;
/** In a slot: the owner id of its thread; 0 when free. A fenced thread finds another id there. */
export const SLOT_OWNER = 0;
/** In a slot: the epoch that its thread has reached, -1 before it has joined. */
export const SLOT_EPOCH = 1;
/** In a slot: its thread's position in the log. */
export const SLOT_POSITION = 2;
/** In a slot: the ticket of its thread, if that starves for the user's lock, else 0. */
export const SLOT_TICKET = 3;
/** In a slot: the owner id of the ticket: a fenced thread may write one late into a reused slot. */
export const SLOT_TICKET_OWNER = 4;

/** Returns the index of a slot's first word. */
export function slotIndex(slot: number): number {
  return SLOTS + slot * SLOT_WORDS;
}

const MAX_BYTES = 0x7fff_0000;
const MIN_REGION_BYTES = 1024;

/**
 * Creates the memory of a new state, whose creator has the first slot and the first owner id.
 *
 * @param slots Maximum number of threads at once.
 * @param initialBytes The initial size.
 * @param maxBytes The maximum size.
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

/** Returns the length in bytes of the header. */
export function headerBytes(slots: number): number {
  return (slotIndex(slots) * 4 + 63) & ~63;
}
