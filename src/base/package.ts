/** The name of the package that this library is. */
export const PACKAGE = "@thread-order/cli";
