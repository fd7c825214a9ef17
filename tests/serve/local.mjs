// What the tests in JavaScript run on this machine: a postlogin, and sites of their own.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer as createPlain } from "node:http";
import { createServer as createTls } from "node:https";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";

/**
 * Starts `postlogin serve` (server.py). The answer says `url`, `admin`, `log`, `pid`, the files `ca`, `cert` and `key`, and
 * has `end()`.
 */
export async function serve(postlogin, tenant, { https = false, host = "localhost", options = [] } = {}) {
  const how = [...(https ? ["--https"] : []), "--host", host];
  const command = [join(import.meta.dirname, "server.py"), ...how, "--", postlogin, tenant, ...options];
  const helper = spawn("python3", command, {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [line] = await Promise.race([once(createInterface(helper.stdout), "line"), once(helper, "exit")]);
  if (typeof line !== "string") throw new Error("the server did not start");
  const end = async () => {
    helper.stdin.end();
    if (helper.exitCode === null) await once(helper, "exit");
  };
  return { ...JSON.parse(line), end };
}

/** Writes a tenant into a temporary folder: file and content, as JSON where it is not text. */
export function tenant(files) {
  const folder = mkdtempSync(join(tmpdir(), "postlogin-tenant-"));
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  }
  return folder;
}

/**
 * A site on a free port of this machine. `answer` gets `{ method, url, body, headers }` of a request and returns
 * `{ status, headers, body }` or the text of a page; `site.log` has every request. With `tls = { cert, key }` it is https.
 */
export async function site(answer, { host = "localhost", tls } = {}) {
  const log = [];
  const listener = async (request, response) => {
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const url = new URL(request.url, origin);
    const asked = { method: request.method, url, headers: request.headers, body: Buffer.concat(chunks).toString() };
    log.push(asked);
    const answered = await answer(asked);
    const { status = 200, headers = {}, body = "" } = typeof answered === "string" ? { body: answered } : answered;
    response.writeHead(status, { "Content-Type": "text/html; charset=utf-8", ...headers }).end(body);
  };
  const files = tls && { cert: readFileSync(tls.cert), key: readFileSync(tls.key) };
  const server = tls ? createTls(files, listener) : createPlain(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const origin = `${tls ? "https" : "http"}://${host}:${server.address().port}`;
  const end = () => {
    server.closeAllConnections();
    server.close();
  };
  return { origin, log, end };
}
