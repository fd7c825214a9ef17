// Debian's Chromium, told what to do by Playwright, and what the tests look at in every page: requests to others,
// accessibility, width, screenshots.

import { X509Certificate, createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { createRequire } from "node:module";
import { join } from "node:path";
import { chromium } from "playwright-core";

const SCREENSHOTS = new URL("../../target/serve/screenshots/", import.meta.url).pathname;
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
// Names of the authority; they lead to this machine.
const NAMES = ["postlogin.test", "other.test", "third.test"];

/** A browser that believes whoever has the key of the certificate in the file `cert`. */
export function launch(cert) {
  return chromium.launch(options(cert));
}

/** A visitor who lets frames on one site have the cookies of another. Those of `visitor` do not, as it is by default. */
export async function visitorWithCookiesInFrames(cert) {
  const profile = mkdtempSync(join(tmpdir(), "postlogin-profile-"));
  mkdirSync(join(profile, "Default"));
  writeFileSync(join(profile, "Default/Preferences"), JSON.stringify({ profile: { cookie_controls_mode: 0 } }));
  const context = await chromium.launchPersistentContext(profile, options(cert));
  return visitorIn(context, true);
}

function options(cert) {
  const key = new X509Certificate(readFileSync(cert)).publicKey.export({ type: "spki", format: "der" });
  return {
    executablePath: "/usr/bin/chromium",
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--disable-dev-shm-usage",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--no-first-run",
      `--host-resolver-rules=${NAMES.map((name) => `MAP *.${name} 127.0.0.1`).join(", ")}`,
      `--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`,
    ],
  };
}

/**
 * A new visitor without cookies. With `scripts: false` their pages run no scripts; other options are Playwright's, for example
 * `locale` and `colorScheme`.
 */
export async function visitor(browser, { scripts = true, ...options } = {}) {
  return visitorIn(await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options }), scripts);
}

async function visitorIn(context, scripts) {
  context.setDefaultTimeout(15_000);
  const visit = new Visitor(context, scripts);
  await context.route(
    (url) => !isLocal(url),
    (route) => {
      visit.strangers.push(route.request().url());
      return route.abort();
    },
  );
  visit.page = await context.newPage();
  visit.devtools = await context.newCDPSession(visit.page);
  await visit.runScripts(scripts);
  visit.page.on("dialog", (dialog) => {
    visit.dialogs.push(dialog.message());
    return dialog.dismiss();
  });
  return visit;
}

class Visitor {
  /** Requests to anybody but this machine (OP-22); they are not sent. */
  strangers = [];
  /** What `alert` and the like were called with. */
  dialogs = [];

  constructor(context, scripts) {
    this.context = context;
    this.scripts = scripts;
  }

  runScripts(value) {
    return this.devtools.send("Emulation.setScriptExecutionDisabled", { value: !value });
  }

  /** What axe-core finds wrong with the page, the width that does not fit at 320 pixels, and a screenshot of both widths. */
  async judge(name) {
    const { page } = this;
    const faults = await this.accessibility();
    await this.screenshot(name);
    const size = page.viewportSize();
    await page.setViewportSize({ width: 320, height: 700 });
    const width = await page.evaluate("document.documentElement.scrollWidth");
    if (width > 320) faults.push(`at 320 pixels the page is ${width} wide`);
    await this.screenshot(`${name}-320`);
    await page.setViewportSize(size);
    return faults;
  }

  async accessibility() {
    await this.runScripts(true);
    await this.page.evaluate(AXE);
    const { violations } = await this.page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
    await this.runScripts(this.scripts);
    return violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target} ${node.failureSummary}`));
  }

  async screenshot(name) {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage: true });
  }

  close() {
    return this.context.close();
  }
}

function isLocal(url) {
  const { protocol, hostname } = new URL(url);
  if (!/^https?:$/.test(protocol)) return true;
  return ["localhost", "127.0.0.1"].includes(hostname) || NAMES.some((name) => hostname.endsWith(`.${name}`));
}
