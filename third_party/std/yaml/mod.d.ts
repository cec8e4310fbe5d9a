/** What is used of @std/yaml. */
export function parse(content: string): unknown;
export function stringify(data: unknown, options?: { readonly lineWidth?: number }): string;
