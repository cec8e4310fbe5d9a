/** Numbers by which the threads of a lane, one after the other, are told apart. */

/** Message counts of successive threads of a lane are this far apart. */
export const MESSAGE_SEQ_STEP: number = 1 << 24;
/** The main thread's id in plans is 1; those of other threads follow. */
export const FIRST_OWNER_ID = 2;
