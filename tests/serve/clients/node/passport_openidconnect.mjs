// passport-openidconnect: Passport's strategy for any OpenID provider.

import express from "express";
import session from "express-session";
import { once } from "node:events";
import passport from "passport";
import OpenIDConnectStrategy from "passport-openidconnect";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const origin = `http://localhost:${setting.ports.passport_oidc}`;
const at = (path) => new URL(path, setting.issuer).href;
passport.use(
  new OpenIDConnectStrategy(
    {
      issuer: setting.issuer,
      authorizationURL: at("authorize"),
      tokenURL: at("oauth/token"),
      userInfoURL: at("userinfo"),
      clientID: "passport-oidc",
      clientSecret: setting.secret,
      callbackURL: `${origin}/callback`,
      scope: "profile email offline_access",
    },
    (issuer, profile, context, idToken, accessToken, refreshToken, done) => done(null, { issuer, profile, refreshToken }),
  ),
);
passport.serializeUser((user, done) => done(null, user));
passport.deserializeUser((user, done) => done(null, user));
const app = express();
app.use(session({ secret: "of the session", resave: false, saveUninitialized: false }));
app.use(passport.session());
app.get("/login", passport.authenticate("openidconnect"));
app.get("/callback", passport.authenticate("openidconnect"), (request, response) => response.redirect("/me"));
app.get("/me", (request, response) => response.json(request.user ?? null));
app.use((error, request, response, next) => (error ? response.status(500).send(String(error.stack)) : next()));
const server = app.listen(setting.ports.passport_oidc, "127.0.0.1");
await once(server, "listening");

await judge(
  "passport-openidconnect",
  [
    [
      "login with the profile of userinfo and a refresh token",
      async () => {
        const { body } = await new Person().visit(`${origin}/login`);
        const user = JSON.parse(body);
        expect("issuer", user.issuer, setting.issuer);
        expect("id", user.profile.id, "auth0|ada");
        expect("email", user.profile.emails[0].value, "ada@example.org");
        expect("whether there is a refresh token", typeof user.refreshToken, "string");
      },
    ],
  ],
  process.argv[2],
);
server.close();
server.closeAllConnections();
