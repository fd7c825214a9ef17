// @auth0/auth0-server-js: what the platform's libraries for web frameworks are built on.

import { AbstractStateStore, AbstractTransactionStore, ServerClient } from "@auth0/auth0-server-js";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { domain, setting } from "./setting.mjs";

const callback = setting.callbacks.post;

/** A store in memory, encrypted as the library does it. */
const inMemory = (Base) =>
  class extends Base {
    kept = new Map();
    async set(name, data) {
      this.kept.set(name, await this.encrypt(name, data, Math.floor(Date.now() / 1000) + 3600));
    }
    async get(name) {
      return this.kept.has(name) ? this.decrypt(name, this.kept.get(name)) : undefined;
    }
    async delete(name) {
      this.kept.delete(name);
    }
    async deleteByLogoutToken() {}
  };
const States = inMemory(AbstractStateStore);
const Transactions = inMemory(AbstractTransactionStore);

function application(more = {}) {
  const secret = "a secret of the library's own, for its cookies";
  return new ServerClient({
    domain,
    clientId: "post",
    clientSecret: setting.secret,
    authorizationParams: { redirect_uri: callback, scope: "openid profile email offline_access", ...more },
    transactionStore: new Transactions({ secret }),
    stateStore: new States({ secret }),
  });
}

async function login(more = {}) {
  const server = application(more);
  const person = new Person();
  const { url } = await person.visit(await server.startInteractiveLogin(), callback);
  await server.completeInteractiveLogin(new URL(url));
  return { server, person };
}

await judge(
  "@auth0/auth0-server-js",
  [
    [
      "login and user",
      async () => {
        const { server } = await login();
        expect("email", (await server.getUser()).email, "ada@example.org");
        expect("sid", typeof (await server.getUser()).sid, "string");
      },
    ],
    [
      "an access token for an API, and its successor by refresh when it is over",
      async () => {
        const { server } = await login({ audience: setting.short, scope: "openid offline_access read:things" });
        const first = await server.getAccessToken();
        await new Promise((over) => setTimeout(over, 1500));
        const second = await server.getAccessToken();
        expect("whether they differ", first.accessToken !== second.accessToken, true);
      },
    ],
    [
      "logout",
      async () => {
        const { server, person } = await login();
        const url = await server.logout({ returnTo: setting.out.post });
        expect("where it ends", (await person.visit(url, setting.out.post)).url, setting.out.post);
        const silent = await server.startInteractiveLogin({ authorizationParams: { prompt: "none" } });
        const { url: came } = await person.visit(silent, callback);
        expect("error", new URL(came).searchParams.get("error"), "login_required");
      },
    ],
  ],
  process.argv[2],
);
