/** Numbers that distinguish the successive threads of a lane. */

/**
 * Distance between the first sequence numbers of successive threads of a lane: more messages than a
 * thread sends.
 */
export const MESSAGE_SEQ_STEP: number = 1 << 24;
/** The main thread's id in plans is 1; those of other threads follow. */
export const FIRST_OWNER_ID = 2;
