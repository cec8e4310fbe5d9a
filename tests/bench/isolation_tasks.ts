/** Twenty no-op tasks in a chain. */
import { mark } from "../../mod.ts";

export const t00 = mark(() => {});
export const t01 = mark({ after: ["t00"] }, () => {});
export const t02 = mark({ after: ["t01"] }, () => {});
export const t03 = mark({ after: ["t02"] }, () => {});
export const t04 = mark({ after: ["t03"] }, () => {});
export const t05 = mark({ after: ["t04"] }, () => {});
export const t06 = mark({ after: ["t05"] }, () => {});
export const t07 = mark({ after: ["t06"] }, () => {});
export const t08 = mark({ after: ["t07"] }, () => {});
export const t09 = mark({ after: ["t08"] }, () => {});
export const t10 = mark({ after: ["t09"] }, () => {});
export const t11 = mark({ after: ["t10"] }, () => {});
export const t12 = mark({ after: ["t11"] }, () => {});
export const t13 = mark({ after: ["t12"] }, () => {});
export const t14 = mark({ after: ["t13"] }, () => {});
export const t15 = mark({ after: ["t14"] }, () => {});
export const t16 = mark({ after: ["t15"] }, () => {});
export const t17 = mark({ after: ["t16"] }, () => {});
export const t18 = mark({ after: ["t17"] }, () => {});
export const t19 = mark({ after: ["t18"] }, () => {});
