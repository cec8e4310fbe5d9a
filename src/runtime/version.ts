/** The version of the library and its command; deno.json has the same, and a test compares them. */
export const VERSION = "0.1.0";
