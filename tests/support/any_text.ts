/** Texts of any code points, for properties. */
import fc, { type Arbitrary } from "fast-check";

/** Every code point but surrogates, which no well-formed text has alone. */
const codePoint = fc.oneof(
  fc.integer({ min: 0x20, max: 0x7e }),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0xffff }),
  fc.integer({ min: 0x10000, max: 0x10ffff }),
).map((point) => String.fromCodePoint(point), (unit) => (unit as string).codePointAt(0)!);

/**
 * Texts of any code points. The unit "binary" of fast-check is the same, but takes 1 s of CPU in
 * every file that uses it.
 */
export function anyText(
  lengths: { minLength?: number; maxLength?: number } = {},
): Arbitrary<string> {
  return fc.string({ ...lengths, unit: codePoint });
}
