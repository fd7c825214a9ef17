// next-auth 4 with its provider for the platform: the handler of its API route, without Next.js around it.

import express from "express";
import { once } from "node:events";
import NextAuth from "next-auth";
import Auth0Provider from "next-auth/providers/auth0";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const origin = `http://localhost:${setting.ports.next_auth}`;
process.env.NEXTAUTH_URL = origin;
const options = {
  secret: "a secret of the library's own",
  providers: [Auth0Provider.default({ clientId: "next-auth", clientSecret: setting.secret, issuer: setting.issuer.replace(/\/$/, "") })],
};

const app = express();
app.use(express.urlencoded({ extended: false }));
app.use("/api/auth", (request, response) => {
  const pairs = (request.headers.cookie ?? "").split("; ").map((pair) => pair.split("="));
  request.cookies = Object.fromEntries(pairs.map(([name, ...value]) => [name, decodeURIComponent(value.join("="))]));
  request.query = { ...request.query, nextauth: request.path.split("/").filter(Boolean) };
  return NextAuth.default(request, response, options);
});
app.get("/", (request, response) => response.send("home"));
const server = app.listen(setting.ports.next_auth, "127.0.0.1");
await once(server, "listening");

await judge(
  "next-auth 4",
  [
    [
      "login with the provider of the platform",
      async () => {
        const person = new Person();
        const { csrfToken } = await (await person.fetch(`${origin}/api/auth/csrf`)).json();
        const begun = await person.fetch(`${origin}/api/auth/signin/auth0`, {
          method: "POST",
          body: new URLSearchParams({ csrfToken, callbackUrl: `${origin}/` }).toString(),
          headers: { "content-type": "application/x-www-form-urlencoded" },
        });
        const { url } = await person.visit(begun.headers.get("location"));
        expect("where it ends", url, `${origin}/`);
        const session = await (await person.fetch(`${origin}/api/auth/session`)).json();
        expect("email", session.user.email, "ada@example.org");
      },
    ],
  ],
  process.argv[2],
);
server.close();
server.closeAllConnections();
