// express-openid-connect: by its defaults an ID token by form_post; with a secret a code.

import express from "express";
import oidc from "express-openid-connect";
import { once } from "node:events";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const { auth, requiresAuth } = oidc;

async function application(port, more, routes = () => {}) {
  const app = express();
  const baseURL = `http://localhost:${port}`;
  app.use(
    auth({
      issuerBaseURL: setting.issuer,
      baseURL,
      secret: "a secret of the library's own, for its cookies",
      idpLogout: true,
      authRequired: false,
      ...more,
    }),
  );
  app.get("/me", requiresAuth(), async (request, response) => response.json(await request.oidc.fetchUserInfo().catch(() => request.oidc.user)));
  app.get("/out", (request, response) => response.send("out"));
  routes(app);
  const server = app.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { baseURL, end: () => server.close(), server };
}

await judge(
  "express-openid-connect",
  [
    [
      "by its defaults: id_token, form_post",
      async () => {
        const { baseURL, end } = await application(setting.ports.express_implicit, { clientID: "express-implicit" });
        try {
          const person = new Person();
          const { url, body } = await person.visit(`${baseURL}/me`);
          expect("where it ends", url, `${baseURL}/me`);
          expect("sub", JSON.parse(body).sub, "auth0|ada");
        } finally {
          end();
        }
      },
    ],
    [
      "code with a secret, userinfo, refresh, logout",
      async () => {
        const config = {
          clientID: "express-code",
          clientSecret: setting.secret,
          auth0Logout: true,
          authorizationParams: { response_type: "code", scope: "openid profile email offline_access" },
        };
        const refresh = (app) =>
          app.get("/refresh", requiresAuth(), async (request, response) => {
            const token = await request.oidc.accessToken.refresh();
            response.json(token);
          });
        const { baseURL, end } = await application(setting.ports.express_code, config, refresh);
        try {
          const person = new Person();
          expect("email", JSON.parse((await person.visit(`${baseURL}/me`)).body).email, "ada@example.org");
          const { body } = await person.visit(`${baseURL}/refresh`);
          expect("token_type", JSON.parse(body).token_type, "Bearer");
          const out = await person.visit(`${baseURL}/logout`);
          expect("where the logout ends", out.url.replace(/\/$/, ""), baseURL);
          const { asked } = await person.visit(`${baseURL}/me`);
          expect("times asked after the logout", asked, 1);
        } finally {
          end();
        }
      },
    ],
  ],
  process.argv[2],
);
