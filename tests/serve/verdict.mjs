// Tests one after the other: a line for each, and the count at the end.

import { isDeepStrictEqual } from "node:util";

/** Runs the tests, `[name, function]`; those alone whose name has `only` in it. The exit status says whether all passed. */
export async function judge(part, tests, only = "") {
  let passed = 0;
  const chosen = tests.filter(([name]) => name.includes(only));
  for (const [name, test] of chosen) {
    try {
      await test();
      passed += 1;
      console.log(`ok      ${part}  ${name}`);
    } catch (error) {
      console.log(`FAILED  ${part}  ${name}: ${error.stack ?? error}`);
    }
  }
  console.log(`${passed} passed, ${chosen.length - passed} failed`);
  process.exitCode = passed === chosen.length && passed ? 0 : 1;
}

/** Fails where `found` is not deeply equal to `expected`. */
export function expect(what, found, expected) {
  if (!isDeepStrictEqual(found, expected)) {
    throw new Error(`${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}
