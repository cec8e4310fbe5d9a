/**
 * An error that nobody caught is heard by all who listen, in the order in which they began to: who knows
 * whose it is may be the last. So it is claimed, and others look a moment later.
 */

const CLAIMED = Symbol("claimed");

/** Says that whoever heard this event tells of it. */
export function claim(event: Event): void {
  Object.defineProperty(event, CLAIMED, { value: true });
}

/** Whether somebody has said so. */
export function isClaimed(event: Event): boolean {
  return CLAIMED in event;
}
