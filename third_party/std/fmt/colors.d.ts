/** What is used of @std/fmt/colors. */
type Paint = (text: string) => string;
export const black: Paint;
export const red: Paint;
export const green: Paint;
export const yellow: Paint;
export const blue: Paint;
export const magenta: Paint;
export const cyan: Paint;
export const white: Paint;
export const gray: Paint;
export const bold: Paint;
export const dim: Paint;
export const italic: Paint;
export const underline: Paint;
export function setColorEnabled(value: boolean): void;
export function stripAnsiCode(text: string): string;
