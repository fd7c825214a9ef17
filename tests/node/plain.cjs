// Runs Actions in plain Node.js, without postlogin: what they do there is what they must do under postlogin.
// `node plain.cjs`: JSON in, {"file", "tenant", "event", "secrets", "now"}; JSON out,
// {"commands": [{"method", "args"}], "logs": [...], "error": null | "..."}.
'use strict';
const fs = require('fs');
const path = require('path');
const Module = require('module');
const { format } = require('util');

const asked = JSON.parse(fs.readFileSync(0, 'utf8'));
const logs = [];
const commands = [];
const cache = new Map();

// Methods that answer and ask for nothing.
const queries = {
    'cache.get': name => cache.get(name),
    'rules.wasExecuted': () => false,
    'redirect.encodeToken': () => 'a.b.c',
};

// `api` as the platform has it: every method by its path, and returns `api`.
function api(at = '') {
    return new Proxy(function () {}, {
        get: (_, name) => typeof name === 'symbol' || name === 'then' ? undefined : api(at ? `${at}.${name}` : name),
        apply: (_, self, args) => {
            if (queries[at]) return queries[at](...args);
            if (at === 'cache.set') cache.set(args[0], { value: args[1], expires_at: 0 });
            commands.push({ method: at, args: JSON.parse(JSON.stringify(args.map(value => value ?? null))) });
            return at === 'cache.set' ? { type: 'success', record: cache.get(args[0]) } : api();
        },
    });
}

function standClockStill(now) {
    const RealDate = Date, moment = RealDate.parse(now);
    globalThis.Date = class Date extends RealDate {
        constructor(...given) { given.length ? super(...given) : super(moment); }
        static now() { return moment; }
    };
}

function load(file, tenant) {
    const place = path.join(tenant ?? path.dirname(file), 'actions', path.basename(file));
    const action = new Module(place);
    action.filename = place;
    action.paths = Module._nodeModulePaths(path.dirname(place));
    action._compile(fs.readFileSync(file, 'utf8'), place);
    return action.exports;
}

async function main() {
    if (asked.now) standClockStill(asked.now);
    for (const level of ['debug', 'error', 'info', 'log', 'warn']) {
        console[level] = (...given) => { logs.push(format(...given)); };
    }
    let error = null;
    try {
        const { onExecutePostLogin } = load(asked.file, asked.tenant);
        await onExecutePostLogin({ ...asked.event, secrets: asked.secrets }, api());
    } catch (thrown) {
        error = thrown instanceof Error ? thrown.message : String(thrown);
    }
    process.stdout.write(JSON.stringify({ commands, logs, error }), () => process.exit());
}

process.on('uncaughtException', thrown => {
    process.stdout.write(JSON.stringify({ commands, logs, error: `uncaught: ${thrown.message}` }), () => process.exit());
});
main();
