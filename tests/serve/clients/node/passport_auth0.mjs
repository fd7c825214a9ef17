// passport-auth0: the platform's strategy for Passport.

import express from "express";
import session from "express-session";
import { once } from "node:events";
import passport from "passport";
import Auth0Strategy from "passport-auth0";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { domain, setting } from "./setting.mjs";

const port = setting.ports.passport;
const app = express();
const strategy = new Auth0Strategy(
  {
    domain,
    clientID: "passport",
    clientSecret: setting.secret,
    callbackURL: `http://localhost:${port}/callback`,
  },
  (accessToken, refreshToken, extra, profile, done) => done(null, { ...profile, refreshToken, extra }),
);
// By itself it puts the access token into the query of the userinfo request, which is refused (RFC 9700 section 2.1, OP-19).
strategy._oauth2.useAuthorizationHeaderforGET(true);
passport.use(strategy);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
app.use(session({ secret: "of the session", resave: false, saveUninitialized: false }));
app.use(passport.session());
app.get("/login", passport.authenticate("auth0", { scope: "openid profile email offline_access" }));
app.get("/callback", passport.authenticate("auth0"), (request, response) => response.redirect("/me"));
app.get("/me", (request, response) => response.json(request.user ?? null));
app.use((error, request, response, next) => (error ? response.status(500).send(String(error.stack)) : next()));
const server = app.listen(port, "127.0.0.1");
await once(server, "listening");

await judge(
  "passport-auth0",
  [
    [
      "login with the profile of userinfo and a refresh token",
      async () => {
        const { body } = await new Person().visit(`http://localhost:${port}/login`);
        const user = JSON.parse(body);
        expect("id", user.id, "auth0|ada");
        expect("provider", user.provider, "auth0");
        expect("email", user.emails[0].value, "ada@example.org");
        expect("whether there is a refresh token", typeof user.refreshToken, "string");
      },
    ],
    [
      "what the user denies comes back as an error",
      async () => {
        const person = new Person();
        const { url } = await person.visit(`http://localhost:${port}/login`, setting.issuer);
        const asked = new URL(url);
        asked.searchParams.set("ext-deny", "not today");
        const { response } = await person.visit(asked);
        expect("status", response.status, 401);
      },
    ],
  ],
  process.argv[2],
);
server.close();
server.closeAllConnections();
