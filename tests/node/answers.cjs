'use strict';
// Prints what Node.js answers to each line of `tests/node/parity.js`. `tests/node/parity.json` is what Node.js 22 printed:
//
//     node tests/node/answers.cjs > tests/node/parity.json
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { format } = require('node:util');

const lines = readFileSync(join(__dirname, 'parity.js'), 'utf8').split('\n');
const frame = readFileSync(join(__dirname, 'parity_frame.js'), 'utf8');

async function answer(line) {
  const logged = [];
  const console = { log: (...args) => logged.push(format(...args)) };
  const exports = {};
  try {
    new Function('exports', 'require', 'console', frame.replace('EXPRESSION', () => line))(exports, require, console);
    await exports.onExecutePostLogin();
  } catch (error) {
    logged.push(`${error}`);
  }
  return logged.join('\n');
}

process.env.TZ = 'UTC';
(async () => {
  const answers = {};
  for (const line of lines) if (line !== '' && !line.startsWith('//')) answers[line] = await answer(line);
  process.stdout.write(`${JSON.stringify(answers, null, 1)}\n`);
})();
