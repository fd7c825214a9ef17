// @auth/core (Auth.js) with its provider for the platform: its handler is called with the requests that a browser makes.

import { Auth } from "@auth/core";
import Auth0 from "@auth/core/providers/auth0";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const origin = "https://site.example";
const config = {
  secret: "a secret of the library's own",
  basePath: "/auth",
  trustHost: true,
  providers: [Auth0({ clientId: "site", clientSecret: setting.secret, issuer: setting.issuer.replace(/\/$/, "") })],
  callbacks: { session: ({ session, token }) => ({ ...session, sub: token.sub }) },
  logger: { error: (problem) => console.log(problem) },
};

/** A browser at the application. */
class Visitor {
  #jar = new Map();

  async fetch(path, fields) {
    const headers = { cookie: [...this.#jar].map((pair) => pair.join("=")).join("; ") };
    const body = fields && new URLSearchParams(fields);
    const request = new Request(new URL(path, origin), { method: body ? "POST" : "GET", body, headers });
    const response = await Auth(request, config);
    for (const line of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.#jar.set(name, value);
    }
    return response;
  }
}

await judge(
  "@auth/core",
  [
    [
      "login with the provider of the platform",
      async () => {
        const visitor = new Visitor();
        const { csrfToken } = await (await visitor.fetch("/auth/csrf")).json();
        const begun = await visitor.fetch("/auth/signin/auth0", { csrfToken, callbackUrl: `${origin}/` });
        const callback = `${origin}/auth/callback/auth0`;
        const { url } = await new Person().visit(begun.headers.get("location"), callback);
        const done = await visitor.fetch(url);
        expect("where it ends", done.headers.get("location"), `${origin}/`);
        const session = await (await visitor.fetch("/auth/session")).json();
        expect("email", session.user.email, "ada@example.org");
        expect("name", session.user.name, "Ada Example");
      },
    ],
  ],
  process.argv[2],
);
