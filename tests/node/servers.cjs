// What the Actions of these tests talk to: `node servers.cjs KEY CERTIFICATE SIGNING_KEY TENANT_FOLDER`.
// Prints one line of JSON with an address for each server, and ends with its standard input.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const http = require('http');
const https = require('https');
const net = require('net');
const zlib = require('zlib');
const { createRequire } = require('module');

const [key, certificate, signingKey, tenant] = process.argv.slice(2);
const signer = crypto.createPrivateKey(fs.readFileSync(signingKey));
const { BSON } = createRequire(`${tenant}/package.json`)('mongodb');

const users = {
    'auth0|ada': { user_id: 'auth0|ada', email: 'ada@example.org', name: 'Ada Lovelace', app_metadata: { plan: 'gold' } },
    'google-oauth2|ada': { user_id: 'google-oauth2|ada', email: 'ada@example.org', name: 'Ada', app_metadata: {} },
};
const roles = [{ id: 'rol_1', name: 'reader' }, { id: 'rol_2', name: 'writer' }];

function base64url(value) {
    return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)).toString('base64url');
}

function token(payload) {
    const text = `${base64url({ alg: 'RS256', typ: 'JWT', kid: 'test' })}.${base64url(payload)}`;
    return `${text}.${crypto.sign('sha256', Buffer.from(text), signer).toString('base64url')}`;
}

function sns(action, inside) {
    const space = 'http://sns.amazonaws.com/doc/2010-03-31/';
    return `<${action}Response xmlns="${space}"><${action}Result>${inside}</${action}Result>` +
        `<ResponseMetadata><RequestId>request-1</RequestId></ResponseMetadata></${action}Response>`;
}

// What is answered: status, value (JSON, or text as it is), headers. A function of the request and of its body.
const routes = [
    ['POST', /^\/oauth\/token$/, ({ body, origin }) => [200, {
        access_token: /client_credentials/.test(body) ? 'management' : token({ sub: 'code' }), token_type: 'Bearer', expires_in: 86400,
        scope: 'read:users', ...(/authorization_code/.test(body) && { id_token: token({
            iss: `${origin}/`, aud: 'client', sub: 'auth0|ada', iat: 1768478400, exp: 1768482000 }) }),
    }]],
    ['GET', /^\/\.well-known\/openid-configuration$/, ({ origin }) => [200, {
        issuer: `${origin}/`, authorization_endpoint: `${origin}/authorize`, token_endpoint: `${origin}/oauth/token`,
        userinfo_endpoint: `${origin}/userinfo`, jwks_uri: `${origin}/.well-known/jwks.json`,
        response_types_supported: ['code'], id_token_signing_alg_values_supported: ['RS256'],
        subject_types_supported: ['public'],
    }]],
    ['GET', /^\/\.well-known\/jwks\.json$/, () => [200, {
        keys: [{ ...crypto.createPublicKey(signer).export({ format: 'jwk' }), kid: 'test', use: 'sig', alg: 'RS256' }],
    }]],
    ['GET', /^\/userinfo$/, ({ headers }) => headers.authorization ? [200, users['auth0|ada']] : [401, { error: 'invalid_token' }]],
    ['GET', /^\/token$/, () => [200, token({ iss: 'https://issuer.example/', sub: 'auth0|ada', iat: 1700000000, role: 'admin' })]],
    ['GET', /^\/api\/v2\/users-by-email\?/, () => [200, Object.values(users)]],
    ['GET', /^\/api\/v2\/users\?/, () => [200, Object.values(users)]],
    ['GET', /^\/api\/v2\/users\/([^/?]+)(\?.*)?$/, ({ found }) => users[found[1]] ? [200, users[found[1]]] :
        [404, { statusCode: 404, error: 'Not Found', message: 'The user does not exist.', errorCode: 'inexistent_user' }]],
    ['PATCH', /^\/api\/v2\/users\/([^/?]+)$/, ({ found, body }) => [200, { ...users[found[1]], ...JSON.parse(body) }]],
    ['POST', /^\/api\/v2\/users\/[^/]+\/identities$/, ({ body }) => [201, [JSON.parse(body)]]],
    ['GET', /^\/api\/v2\/users\/[^/]+\/roles(\?.*)?$/, () => [200, roles.slice(0, 1)]],
    ['POST', /^\/api\/v2\/users\/[^/]+\/roles$/, () => [204, '']],
    ['GET', /^\/api\/v2\/roles(\?.*)?$/, () => [200, roles]],
    ['GET', /^\/api\/v2\/organizations\/([^/?]+)(\?.*)?$/, ({ found }) => [200, { id: found[1], name: 'acme', metadata: { tier: '1' } }]],
    ['POST', /^\/graphql$/, ({ body }) => [200, { data: { user: { id: JSON.parse(body).variables?.id ?? '1', plan: 'gold' } } }]],
    ['POST', /^\/slack$/, ({ body }) => JSON.parse(body).text ? [200, 'ok'] : [400, 'no_text']],
    ['POST', /^\/api\/1\/(envelope|store)\//, () => [200, { id: 'a'.repeat(32) }]],
    ['POST', /^\/$/, ({ body, headers }) => headers.authorization?.startsWith('AWS4-HMAC-SHA256 ') ?
        [200, sns(new URLSearchParams(body).get('Action'), '<MessageId>message-1</MessageId>'), { 'content-type': 'text/xml' }] :
        [403, 'not signed']],
    ['GET', /^\/geo\/([^/?]+)$/, ({ found }) => [200, { ip: found[1], country: found[1].startsWith('203.') ? 'DE' : 'US' }]],
    ['GET', /^\/profiles\/([^/?]+)(\?.*)?$/, ({ found, url }) => [200, { id: found[1], plan: 'gold', tags: ['a', 'b'], query: url.split('?')[1] ?? null }]],
    [/./, /^\/status\/(\d+)$/, ({ found }) => [Number(found[1]), { status: Number(found[1]), message: 'as asked' }]],
    ['GET', /^\/redirect$/, () => [302, '', { location: '/profiles/redirected' }]],
    ['GET', /^\/gzip$/, () => [200, zlib.gzipSync('{"packed":true}'), { 'content-encoding': 'gzip', 'content-type': 'application/json' }]],
    ['GET', /^\/slow$/, () => [200, { slow: true }, {}, 1500]],
    ['GET', /^\/bytes$/, () => [200, Buffer.from([0, 1, 2, 253, 254, 255]), { 'content-type': 'application/octet-stream' }]],
    [/./, /^\/echo(\?.*)?$/, ({ method, url, headers, body }) => [200, {
        method, url, body, type: headers['content-type'] ?? null, authorization: headers.authorization ?? null,
        signature: headers['x-signature'] ?? null,
    }]],
];

// How often each path of `/flaky/N/...` was asked for: it fails N times.
const asked = new Map();

function answer(request, response) {
    const parts = [];
    request.on('data', part => parts.push(part)).on('end', () => {
        const origin = `${request.socket.encrypted ? 'https' : 'http'}://${request.headers.host}`;
        const url = request.url.replace(/%7C/gi, '|').replace(/%40/gi, '@');
        const { method, headers } = request;
        const body = Buffer.concat(parts).toString();
        const send = ([status, value, more = {}, wait = 0]) => setTimeout(() => {
            const text = typeof value === 'string' || Buffer.isBuffer(value);
            response.writeHead(status, { 'content-type': text ? 'text/plain' : 'application/json', ...more });
            response.end(text ? value : JSON.stringify(value));
        }, wait);
        const flaky = /^\/flaky\/(\d)\/([^/?]+)$/.exec(url);
        if (flaky) {
            const times = (asked.get(url) ?? 0) + 1;
            asked.set(url, times % (Number(flaky[1]) + 1));
            return send(times > Number(flaky[1]) ? [200, { tries: times }] : [503, { tries: times }]);
        }
        for (const [verb, path, reply] of routes) {
            const found = path.exec(url);
            if (found && (verb === method || verb instanceof RegExp)) return send(reply({ method, url, headers, body, found, origin }));
        }
        send([404, { message: `there is no ${method} ${url}` }]);
    });
}

// A mail server that takes what comes.
function smtp(socket) {
    let inMessage = false, waiting = '';
    socket.write('220 mail.example ESMTP\r\n');
    socket.on('data', data => {
        waiting += data;
        for (let end; (end = waiting.indexOf('\r\n')) >= 0;) {
            const line = waiting.slice(0, end);
            waiting = waiting.slice(end + 2);
            if (inMessage) {
                if (line !== '.') continue;
                inMessage = false;
                socket.write('250 2.0.0 queued\r\n');
            } else if (/^EHLO/i.test(line)) socket.write('250-mail.example\r\n250 8BITMIME\r\n');
            else if (/^DATA/i.test(line)) { inMessage = true; socket.write('354 go on\r\n'); }
            else if (/^QUIT/i.test(line)) socket.end('221 bye\r\n');
            else socket.write('250 ok\r\n');
        }
    });
}

// A cache that knows as many commands as its client needs (RESP 2).
function redis(socket) {
    const values = new Map();
    let waiting = '';
    const bulk = text => text === undefined ? '$-1\r\n' : `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
    socket.on('data', data => {
        waiting += data;
        for (let found; (found = /^\*(\d+)\r\n/.exec(waiting));) {
            let rest = waiting.slice(found[0].length);
            const words = [];
            for (let count = Number(found[1]); count > 0; count--) {
                const length = /^\$(\d+)\r\n/.exec(rest);
                if (!length || rest.length < length[0].length + Number(length[1]) + 2) return;
                words.push(rest.slice(length[0].length, length[0].length + Number(length[1])));
                rest = rest.slice(length[0].length + Number(length[1]) + 2);
            }
            waiting = rest;
            const [command, name, value] = words;
            switch (command.toLowerCase()) {
                case 'info': socket.write(bulk('redis_version:7.0.0\r\nloading:0\r\n')); break;
                case 'set': values.set(name, value); socket.write('+OK\r\n'); break;
                case 'get': socket.write(bulk(values.get(name))); break;
                case 'incr': values.set(name, String(Number(values.get(name) ?? 0) + 1)); socket.write(`:${values.get(name)}\r\n`); break;
                case 'quit': socket.end('+OK\r\n'); break;
                default: socket.write('+OK\r\n');
            }
        }
    });
}

// A database that has one row for every query (PostgreSQL's protocol 3).
function postgres(socket) {
    let waiting = Buffer.alloc(0), started = false;
    const message = (kind, ...parts) => {
        const body = Buffer.concat(parts.map(part => Buffer.isBuffer(part) ? part : Buffer.from(part)));
        const head = Buffer.alloc(5);
        head.write(kind);
        head.writeUInt32BE(body.length + 4, 1);
        return Buffer.concat([head, body]);
    };
    const int16 = value => { const bytes = Buffer.alloc(2); bytes.writeInt16BE(value); return bytes; };
    const int32 = value => { const bytes = Buffer.alloc(4); bytes.writeInt32BE(value); return bytes; };
    const column = name => Buffer.concat([Buffer.from(`${name}\0`), int32(0), int16(0), int32(25), int16(-1), int32(-1), int16(0)]);
    const value = text => Buffer.concat([int32(text.length), Buffer.from(text)]);
    const ready = message('Z', 'I');
    const described = message('T', int16(2), column('id'), column('plan'));
    const row = [message('D', int16(2), value('auth0|ada'), value('gold')), message('C', 'SELECT 1\0')];
    const replies = {
        Q: () => [described, ...row, ready], P: () => [message('1')], B: () => [message('2')], D: () => [described],
        E: () => row, S: () => [ready], H: () => [], C: () => [message('3')],
    };
    socket.on('data', data => {
        waiting = Buffer.concat([waiting, data]);
        if (!started) {
            if (waiting.length < 8 || waiting.length < waiting.readUInt32BE(0)) return;
            const length = waiting.readUInt32BE(0), code = waiting.readUInt32BE(4);
            waiting = waiting.subarray(length);
            if (code === 80877103) return socket.write('N');
            started = true;
            socket.write(Buffer.concat([message('R', int32(0)), message('S', 'server_version\x0015.0\0'), ready]));
        }
        while (waiting.length >= 5 && waiting.length >= waiting.readUInt32BE(1) + 1) {
            const kind = String.fromCharCode(waiting[0]);
            waiting = waiting.subarray(waiting.readUInt32BE(1) + 1);
            if (kind === 'X') return socket.end();
            socket.write(Buffer.concat(replies[kind]()));
        }
    });
}

// A database with one document in every collection (MongoDB's OP_QUERY for the greeting, OP_MSG for all else).
function mongodb(socket) {
    let waiting = Buffer.alloc(0), number = 1;
    const hello = {
        ismaster: true, helloOk: true, isWritablePrimary: true, maxBsonObjectSize: 16777216, maxMessageSizeBytes: 48000000,
        maxWriteBatchSize: 100000, minWireVersion: 0, maxWireVersion: 17, readOnly: false, ok: 1,
    };
    const replies = command => command.find ?
        { cursor: { firstBatch: [{ _id: 'auth0|ada', plan: 'gold' }], id: BSON.Long.fromNumber(0), ns: `test.${command.find}` }, ok: 1 } :
        command.insert || command.update ? { n: 1, nModified: 1, ok: 1 } : hello;
    socket.on('data', data => {
        waiting = Buffer.concat([waiting, data]);
        while (waiting.length >= 16 && waiting.length >= waiting.readInt32LE(0)) {
            const message = waiting.subarray(0, waiting.readInt32LE(0));
            waiting = waiting.subarray(message.length);
            const query = message.readInt32LE(12) === 2004;
            const start = query ? message.indexOf(0, 20) + 9 : 21;
            const command = query ? { hello: 1 } : BSON.deserialize(message.subarray(start, start + message.readInt32LE(start)));
            const document = BSON.serialize(replies(command));
            const before = query ? Buffer.alloc(20) : Buffer.alloc(5);
            if (query) before.writeInt32LE(1, 16);
            const head = Buffer.alloc(16);
            [16 + before.length + document.length, number++, message.readInt32LE(4), query ? 1 : 2013].forEach((part, at) => head.writeInt32LE(part, at * 4));
            socket.write(Buffer.concat([head, before, document]));
        }
    });
}

async function main() {
    const tcp = serve => net.createServer(socket => serve(socket.on('error', () => {})));
    const servers = {
        http: http.createServer(answer),
        https: https.createServer({ key: fs.readFileSync(key), cert: fs.readFileSync(certificate) }, answer),
        smtp: tcp(smtp), redis: tcp(redis), postgres: tcp(postgres), mongodb: tcp(mongodb),
    };
    const ports = {};
    for (const [name, server] of Object.entries(servers)) {
        await new Promise(listening => server.listen(0, '127.0.0.1', listening));
        ports[name] = server.address().port;
    }
    console.log(JSON.stringify(ports));
    process.stdin.resume().on('end', () => process.exit());
}

main();
