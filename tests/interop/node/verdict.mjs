// The same rules as verdict.py, for the judges in JavaScript.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";

/** Why a document was not taken. */
export class Refused extends Error {}

/** Judges `<manifest>.json`, which must be taken, and `<manifest>-refused.json`, which must not. */
export async function run(name, manifest, judge) {
  const folder = process.argv[2];
  const read = (file) => readFileSync(join(folder, file), "utf8");
  let passed = 0;
  let failed = 0;
  const line = (good, text) => {
    good ? passed++ : failed++;
    console.log(`${(good ? "ok" : "FAILED").padEnd(7)} ${name.padEnd(13)} ${text}`);
  };

  for (const one of JSON.parse(read(`${manifest}.json`))) {
    const reason = await refusal(judge, one, read);
    const known = one.refused_by?.[name];
    if (known) {
      line(reason !== null, `${one.name}: ${reason === null ? "taken" : "refused"}; known: it ${known}`);
    } else if (one.denied) {
      const told = reason?.includes(oneLine(one.denied)) ?? false;
      line(told, `${one.name}: ${reason === null ? "taken, but denied" : shortened(`refused: ${reason}`)}`);
    } else {
      line(reason === null, one.name + (reason === null ? "" : `: ${shortened(reason)}`));
    }
  }
  for (const one of JSON.parse(read(`${manifest}-refused.json`))) {
    if (one.judges && !one.judges.includes(name)) continue;
    const reason = await refusal(judge, one, read);
    const told = reason === null ? "taken" : shortened(`refused: ${reason}`);
    const blind = one.taken_by?.[name];
    if (blind) {
      line(reason === null, `${one.name}, ${one.flaw}: ${told}; known: it ${blind}`);
    } else {
      line(reason !== null, `${one.name}, ${one.flaw}: ${told}`);
    }
  }
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed || !passed ? 1 : 0;
}

/** Refuses what is not deeply equal. */
export function expect(what, found, expected) {
  if (!isDeepStrictEqual(found, expected)) {
    throw new Refused(`${what} is ${JSON.stringify(found)}, expected ${JSON.stringify(expected)}`);
  }
}

/** Why the judge does not take the case, at the moment of the case where it names one. */
async function refusal(judge, one, read) {
  try {
    if (one.now) globalThis.Date = dateAt(Date.parse(one.now));
    await judge(one, read);
    return null;
  } catch (error) {
    if (error instanceof Refused) return oneLine(error.message);
    throw error;
  } finally {
    globalThis.Date = RealDate;
  }
}

const RealDate = Date;

/** A `Date` for which it is always the same moment. */
function dateAt(moment) {
  return class extends RealDate {
    constructor(...parts) {
      super(...(parts.length ? parts : [moment]));
    }

    static now() {
      return moment;
    }
  };
}

function oneLine(text) {
  return text.split(/\s+/).join(" ").trim();
}

function shortened(text) {
  return text.length <= 300 ? text : `${text.slice(0, 300)}...`;
}
