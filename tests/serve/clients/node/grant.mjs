// grant: logs in at any provider in front of an application.

import express from "express";
import session from "express-session";
import grant from "grant";
import { once } from "node:events";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { domain, setting } from "./setting.mjs";

const origin = `http://localhost:${setting.ports.grant}`;
const app = express();
app.use(session({ secret: "of the session", resave: false, saveUninitialized: true }));
app.use(
  grant.express({
    defaults: { origin, transport: "session", state: true, nonce: true, pkce: true, callback: "/me", response: ["tokens", "raw", "jwt", "profile"] },
    auth0: {
      key: "grant",
      secret: setting.secret,
      scope: ["openid", "profile", "email", "offline_access"],
      authorize_url: `https://${domain}/authorize`,
      access_url: `https://${domain}/oauth/token`,
      profile_url: `https://${domain}/userinfo`,
    },
  }),
);
app.get("/me", (request, response) => response.json(request.session.grant?.response ?? null));
const server = app.listen(setting.ports.grant, "127.0.0.1");
await once(server, "listening");

await judge(
  "grant",
  [
    [
      "login with PKCE and nonce, and the profile of userinfo",
      async () => {
        const { body } = await new Person().visit(`${origin}/connect/auth0`);
        const told = JSON.parse(body);
        expect("error", told.error, undefined);
        expect("sub", told.jwt.id_token.payload.sub, "auth0|ada");
        expect("email", told.profile.email, "ada@example.org");
        expect("whether there is a refresh token", typeof told.refresh_token, "string");
      },
    ],
  ],
  process.argv[2],
);
server.close();
server.closeAllConnections();
