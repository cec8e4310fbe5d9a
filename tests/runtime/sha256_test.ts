/** SHA-256 hashes: known values, and independence of user code. */
import { assertEquals } from "@std/assert";
import { keyedSha256, sha256 } from "../../src/runtime/sha256.ts";

const ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

Deno.test("sha256() returns the known hashes of texts and bytes", async () => {
  assertEquals(await sha256("abc"), ABC);
  assertEquals(await sha256(new TextEncoder().encode("abc")), ABC);
});

// RFC 4231, test case 2.
Deno.test("keyedSha256() returns the known hash with a key", async () => {
  const keyed = await keyedSha256("Jefe");
  assertEquals(
    await keyed("what do ya want for nothing?"),
    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
  );
});

Deno.test("sha256() does not depend on a replaced crypto.subtle.digest", async () => {
  const { digest } = crypto.subtle;
  crypto.subtle.digest = () => Promise.resolve(new ArrayBuffer(32));
  try {
    assertEquals(await sha256("abc"), ABC);
  } finally {
    crypto.subtle.digest = digest;
  }
});
