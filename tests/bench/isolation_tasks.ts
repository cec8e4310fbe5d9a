/** Twenty tasks that do nothing, each after the one before. */
import { mark } from "../../mod.ts";

/** One of them. */
export const t00 = mark(() => {});
/** One of them. */
export const t01 = mark({ after: ["t00"] }, () => {});
/** One of them. */
export const t02 = mark({ after: ["t01"] }, () => {});
/** One of them. */
export const t03 = mark({ after: ["t02"] }, () => {});
/** One of them. */
export const t04 = mark({ after: ["t03"] }, () => {});
/** One of them. */
export const t05 = mark({ after: ["t04"] }, () => {});
/** One of them. */
export const t06 = mark({ after: ["t05"] }, () => {});
/** One of them. */
export const t07 = mark({ after: ["t06"] }, () => {});
/** One of them. */
export const t08 = mark({ after: ["t07"] }, () => {});
/** One of them. */
export const t09 = mark({ after: ["t08"] }, () => {});
/** One of them. */
export const t10 = mark({ after: ["t09"] }, () => {});
/** One of them. */
export const t11 = mark({ after: ["t10"] }, () => {});
/** One of them. */
export const t12 = mark({ after: ["t11"] }, () => {});
/** One of them. */
export const t13 = mark({ after: ["t12"] }, () => {});
/** One of them. */
export const t14 = mark({ after: ["t13"] }, () => {});
/** One of them. */
export const t15 = mark({ after: ["t14"] }, () => {});
/** One of them. */
export const t16 = mark({ after: ["t15"] }, () => {});
/** One of them. */
export const t17 = mark({ after: ["t16"] }, () => {});
/** One of them. */
export const t18 = mark({ after: ["t17"] }, () => {});
/** One of them. */
export const t19 = mark({ after: ["t18"] }, () => {});
