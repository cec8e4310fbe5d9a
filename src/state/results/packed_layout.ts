/**
 * The layout of a packed value: one value without ids, encoded outside of any lock.
 *
 * Header (four 32-bit words): flags · number of objects · length of the body · number of
 * attachments. For each attachment: its type and its length in bytes. Then the body, then the
 * attachments. The body has the value in depth-first order, with objects in the place of their
 * first visit; later visits refer to them by the order of the first ones. Texts are in attachments,
 * many in one, since the engine decodes one long text much faster than many short ones; the body
 * has their lengths. Long bytes are attachments as well, and are copied once on each side.
 */

/** Tags of values in the body. */
export const Tag = {
  undefined: 0,
  null: 1,
  true: 2,
  false: 3,
  int32: 4,
  float64: 5,
  bigint: 6,
  /** length in UTF-16 units: the next part of the text. */
  text: 7,
  /** index: an object visited before. */
  seen: 8,
  /** count, keys: a shape, which gets the next number, then an object of it. */
  newShape: 9,
  /** number of the shape, then the values: a plain object. */
  shaped: 10,
  /** kind, content: any other object. */
  object: 11,
  /** kind: an object whose content follows after the value, so that no nesting is too deep. */
  deferred: 12,
  /** count: holes in an array. */
  holes: 13,
  /** kind, content: an object without members. */
  leaf: 14,
} as const;

/** Type of an attachment of bytes; a text has the tag of its encoding in the log. */
export const BYTES_ATTACHMENT = 0;
/** Number of bytes of a leaf from which they are an attachment. */
export const ATTACHED_BYTES_MIN = 1 << 12;

/** Flag of a value that includes bytes, which cannot be made read-only. */
export const HAS_BYTES = 1;
/** Number of bytes of the header. */
export const HEADER_BYTES = 16;
/** Number of bytes for each attachment in the header. */
export const ATTACHMENT_HEADER_BYTES = 8;
/** Levels of nesting up to which contents are in place: deeper ones need no deep recursion. */
export const NESTING_MAX = 200;
/** Maximum number of keys of a shape; objects with more are rarely of one shape. */
export const SHAPE_KEYS_MAX = 64;
/** Maximum number of shapes; in a value with more, most objects have a shape of their own. */
export const SHAPES_MAX = 1000;
