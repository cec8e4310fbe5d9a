/**
 * The test cases of a JUnit report, without times and threads, in order of their names: to compare
 * the reports of two runs.
 */
export function junitCases(xml: string): string[] {
  return xml.replaceAll(/ time="[\d.]+"/g, "").split(/(?=<testcase )/).slice(1)
    .map((it) => it.replace(/\s*<\/testsuite>[^]*/, "").trim()).sort();
}
