// A site whose one page loads a library for browsers, and somebody who logs in there with Chromium.

import { readFileSync } from "node:fs";
import { createServer } from "node:https";
import { once } from "node:events";
import { setting } from "./setting.mjs";

/** Serves `/library.js`, `/silent` and a page that loads the library, at `port`; ends with `end()`. */
export async function application(port, library, silent = "") {
  const files = { cert: readFileSync(setting.cert), key: readFileSync(setting.tls_key) };
  const script = readFileSync(new URL(library, import.meta.url));
  const page = (body) => `<!doctype html><meta charset="utf-8"><title>app</title><script src="/library.js"></script>${body}`;
  const server = createServer(files, (request, response) => {
    const { pathname } = new URL(request.url, "https://localhost/");
    const [kind, body] =
      pathname === "/library.js" ? ["text/javascript", script] : ["text/html", page(pathname === "/silent" ? silent : "")];
    response.writeHead(200, { "Content-Type": `${kind}; charset=utf-8` }).end(body);
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { end: () => (server.close(), server.closeAllConnections()) };
}

/** Fills in the login page that the page has come to, and waits until it is back at the application. */
export async function logIn(page, origin) {
  await page.fill("input[name=username]", "ada@example.org");
  await page.fill("input[name=password]", "correct horse");
  await Promise.all([page.waitForURL((url) => url.origin === origin), page.click("button[type=submit]")]);
}

/** Waits until the page has come to this origin from another one. */
export function comesTo(page, origin) {
  return page.waitForEvent("framenavigated", (frame) => frame === page.mainFrame() && new URL(frame.url()).origin === origin);
}
