// Service providers for Node.js: @node-saml/passport-saml, samlify and saml2-js, each with and without keys of its own.
//
// `saml_providers.mjs metadata` prints the metadata of each; otherwise they log in.

import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import * as nodeSaml from "@node-saml/passport-saml";
import saml2 from "saml2-js";
import * as samlify from "samlify";
import { expect, judge } from "../../verdict.mjs";
import { Person } from "./person.mjs";
import { setting } from "./setting.mjs";

const EMAIL = "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress";
const key = readFileSync(setting.saml.key, "utf8");
const certificate = readFileSync(setting.saml.cert, "utf8");
const acs = (name) => `https://${name}.example/acs`;
const entity = (name) => `https://${name}.example/metadata`;
// Who makes metadata has no client id yet.
const endpoint = (name) => new URL(`samlp/${setting.saml.clients?.[name]}`, setting.issuer).href;

/** The metadata of the server, as a service provider gets them. */
async function published(name) {
  const response = await fetch(new URL(`samlp/metadata/${setting.saml.clients[name]}`, setting.issuer));
  return response.text();
}

const certificates = (metadata) =>
  [...metadata.matchAll(/<(?:ds:)?X509Certificate>([^<]+)</g)].map(([, base64]) => base64);

function passport(name, keys, idpCert = ["unknown"]) {
  const own = { privateKey: key, publicCert: certificate, decryptionPvk: key, decryptionCert: certificate, signatureAlgorithm: "sha256" };
  return new nodeSaml.SAML({
    callbackUrl: acs(name),
    entryPoint: endpoint(name),
    issuer: entity(name),
    audience: entity(name),
    idpCert,
    // The server signs the assertion, as the platform does.
    wantAuthnResponseSigned: false,
    validateInResponseTo: "ifPresent",
    ...(keys && own),
  });
}

function lify(name, keys) {
  const own = { authnRequestsSigned: true, privateKey: key, encPrivateKey: key, signingCert: certificate, encryptCert: certificate };
  return samlify.ServiceProvider({
    entityID: entity(name),
    wantAssertionsSigned: true,
    nameIDFormat: ["urn:oasis:names:tc:SAML:1.1:nameid-format:unspecified"],
    assertionConsumerService: [{ Binding: "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST", Location: acs(name) }],
    ...(keys && own),
  });
}

function js(name, keys) {
  return new saml2.ServiceProvider({
    entity_id: entity(name),
    assert_endpoint: acs(name),
    private_key: key,
    certificate,
    sign_get_request: keys,
    allow_unencrypted_assertion: !keys,
  });
}

const lists = {
  "passport-saml": (name, keys) => passport(name, keys).generateServiceProviderMetadata(keys ? certificate : null, keys ? certificate : null),
  samlify: (name, keys) => lify(name, keys).getMetadata(),
  "saml2-js": (name, keys) => js(name, keys).create_metadata(),
};
const variants = Object.keys(lists).flatMap((library) => [
  [library, library, false],
  [library, `${library}-keys`, true],
]);

/** Where the browser posts the response, having begun at `url` or with a form of the service provider. */
async function answered(name, url, person = new Person()) {
  const { form } = await person.visit(url, acs(name));
  if (!form) throw new Error(`no response for ${name}`);
  return Object.fromEntries(form);
}

/** The same where the service provider has a form posted. */
async function posted(name, fields) {
  const person = new Person();
  const response = await person.fetch(endpoint(name), {
    method: "POST",
    body: new URLSearchParams(fields).toString(),
    headers: { "content-type": "application/x-www-form-urlencoded" },
  });
  return answered(name, new URL(response.headers.get("location"), setting.issuer), person);
}

function isAda(nameId, email, expected = "auth0|ada") {
  expect("NameID", nameId, expected);
  expect("e-mail address", [email].flat()[0], "ada@example.org");
}

const logins = {
  "passport-saml": async (name, keys) => {
    const saml = passport(name, keys, certificates(await published(name)));
    const check = async (form, relayState) => {
      const { profile } = await saml.validatePostResponseAsync(form);
      // Its metadata ask for a NameID of this format.
      isAda(profile.nameID, profile.attributes[EMAIL], "ada@example.org");
      expect("RelayState", form.RelayState, relayState);
    };
    return {
      redirect: async () => check(await answered(name, await saml.getAuthorizeUrlAsync("relay", undefined, {})), "relay"),
      POST: async () => {
        const message = await saml.getAuthorizeMessageAsync("relay", undefined, {});
        await check(await posted(name, message), "relay");
      },
      "no request": async () => check(await answered(name, endpoint(name)), ""),
    };
  },
  samlify: async (name, keys) => {
    // It signs no request for an identity provider whose metadata do not say that they want that, as the platform's do not.
    const wanting = (metadata) => metadata.replace("<IDPSSODescriptor ", '<IDPSSODescriptor WantAuthnRequestsSigned="true" ');
    const metadata = await published(name);
    const idp = samlify.IdentityProvider({ metadata: keys ? wanting(metadata) : metadata, isAssertionEncrypted: keys });
    const sp = lify(name, keys);
    const check = async (form) => {
      const { extract } = await sp.parseLoginResponse(idp, "post", { body: form });
      isAda(extract.nameID, extract.attributes[EMAIL]);
    };
    return {
      redirect: async () => check(await answered(name, sp.createLoginRequest(idp, "redirect").context)),
      POST: async () => {
        const { context } = sp.createLoginRequest(idp, "post");
        await check(await posted(name, { SAMLRequest: context, RelayState: "relay" }));
      },
      "no request": async () => check(await answered(name, endpoint(name))),
    };
  },
  "saml2-js": async (name, keys) => {
    const sp = js(name, keys);
    const idp = new saml2.IdentityProvider({
      sso_login_url: endpoint(name),
      sso_logout_url: `${endpoint(name)}/logout`,
      certificates: certificates(await published(name)).map((base64) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----`),
    });
    const check = async (form) => {
      const { user } = await promisify(sp.post_assert.bind(sp))(idp, { request_body: form });
      isAda(user.name_id, user.email ?? user.attributes[EMAIL]);
    };
    return {
      redirect: async () => {
        const url = await new Promise((done, failed) =>
          sp.create_login_request_url(idp, { relay_state: "relay" }, (error, made) => (error ? failed(error) : done(made))),
        );
        await check(await answered(name, url));
      },
      "no request": async () => check(await answered(name, endpoint(name))),
    };
  },
};

if (process.argv[2] === "metadata") {
  console.log(JSON.stringify(Object.fromEntries(variants.map(([library, name, keys]) => [name, lists[library](name, keys)]))));
} else {
  samlify.setSchemaValidator({ validate: async () => "not looked at" });
  const tests = [];
  for (const [library, name, keys] of variants) {
    const having = keys ? "signed requests, encrypted assertions" : "no keys of its own";
    for (const [begun, test] of Object.entries(await logins[library](name, keys))) {
      tests.push([`${library}, ${having}: begun by ${begun}`, test]);
    }
  }
  await judge("SAML", tests, process.argv[2]);
}
