// How many signed responses a second the npm packages make: rate.mjs PEER RESPONSE KEY CERT SECONDS XML
// Prints one line of JSON and writes one response to XML.

import { createPrivateKey, sign } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [peer, responseFile, keyFile, certFile, seconds, xmlFile] = process.argv.slice(2);
const wanted = JSON.parse(readFileSync(responseFile, "utf8"));
const key = readFileSync(keyFile, "utf8");
const cert = readFileSync(certFile, "utf8");
const FORMAT_BASIC = "urn:oasis:names:tc:SAML:2.0:attrname-format:basic";

const peers = {
  /** Only the assertion: the package makes no response. */
  saml() {
    const { Saml20 } = require("saml");
    return () =>
      new Promise((resolve, reject) => {
        const options = { ...common(), attributes: wanted.attributes, audiences: wanted.audience };
        Saml20.create(options, (error, xml) => (error ? reject(error) : resolve(xml)));
      });
  },

  samlp() {
    const { getSamlResponse } = require("samlp");
    const options = {
      ...common(),
      audience: wanted.audience,
      destination: wanted.acs_url,
      profileMapper: () => ({
        getClaims: () => wanted.attributes,
        getNameIdentifier: () => ({ nameIdentifier: wanted.name_id }),
      }),
    };
    return () =>
      new Promise((resolve, reject) => {
        getSamlResponse(options, {}, (error, xml) => (error ? reject(error) : resolve(xml)));
      });
  },

  /** Its own template has one value an attribute, so the attributes are in the template that it is given. */
  samlify() {
    const { IdentityProvider, ServiceProvider, Constants, SamlLib } = require("samlify");
    const context = SamlLib.defaultLoginResponseTemplate.context.replace("{AttributeStatement}", attributes());
    const idp = IdentityProvider({
      entityID: wanted.issuer,
      privateKey: key,
      signingCert: cert,
      isAssertionEncrypted: false,
      requestSignatureAlgorithm: "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256",
      nameIDFormat: [wanted.name_id_format],
      singleSignOnService: [{ Binding: Constants.namespace.binding.post, Location: "https://idp.example.org" }],
      loginResponseTemplate: { context, attributes: [] },
    });
    const sp = ServiceProvider({
      entityID: wanted.audience,
      wantAssertionsSigned: true,
      assertionConsumerService: [{ Binding: Constants.namespace.binding.post, Location: wanted.acs_url }],
    });
    const request = { extract: { request: { id: wanted.request_id } } };
    const fill = (template) => {
      const now = new Date();
      const later = new Date(now.getTime() + wanted.lifetime * 1000).toISOString();
      const id = idp.entitySetting.generateID();
      const values = {
        ID: id,
        AssertionID: idp.entitySetting.generateID(),
        Destination: wanted.acs_url,
        Audience: wanted.audience,
        SubjectRecipient: wanted.acs_url,
        NameIDFormat: wanted.name_id_format,
        NameID: wanted.name_id,
        Issuer: wanted.issuer,
        IssueInstant: now.toISOString(),
        ConditionsNotBefore: now.toISOString(),
        ConditionsNotOnOrAfter: later,
        SubjectConfirmationDataNotOnOrAfter: later,
        AssertionConsumerServiceURL: wanted.acs_url,
        EntityID: wanted.audience,
        InResponseTo: wanted.request_id,
        StatusCode: Constants.StatusCode.Success,
        AuthnStatement: authnStatement(now.toISOString()),
      };
      return { id, context: SamlLib.replaceTagsByValue(template, values) };
    };
    return async () => {
      const made = await idp.createLoginResponse(sp, request, "post", { email: wanted.name_id }, fill);
      return Buffer.from(made.context, "base64").toString();
    };
  },
};

function common() {
  return {
    cert,
    key,
    signatureAlgorithm: "rsa-sha256",
    digestAlgorithm: "sha256",
    issuer: wanted.issuer,
    lifetimeInSeconds: wanted.lifetime,
    recipient: wanted.acs_url,
    inResponseTo: wanted.request_id,
    nameIdentifier: wanted.name_id,
    nameIdentifierFormat: wanted.name_id_format,
    authnContextClassRef: wanted.authn_context,
    sessionIndex: wanted.session_index,
  };
}

function authnStatement(now) {
  return (
    `<saml:AuthnStatement AuthnInstant="${now}" SessionIndex="${wanted.session_index}"><saml:AuthnContext>` +
    `<saml:AuthnContextClassRef>${wanted.authn_context}</saml:AuthnContextClassRef>` +
    "</saml:AuthnContext></saml:AuthnStatement>"
  );
}

function attributes() {
  const value = (text) => `<saml:AttributeValue xsi:type="xs:string">${text}</saml:AttributeValue>`;
  const statements = Object.entries(wanted.attributes).map(
    ([name, values]) =>
      `<saml:Attribute Name="${name}" NameFormat="${FORMAT_BASIC}">${values.map(value).join("")}</saml:Attribute>`,
  );
  return `<saml:AttributeStatement>${statements.join("")}</saml:AttributeStatement>`;
}

/** Calls in turns of a fifth of a second with the bare signature; both in calls a CPU second. */
async function rates(once) {
  const privateKey = createPrivateKey(key);
  const message = Buffer.alloc(512);
  const tallies = [
    { call: once, count: 0, cpu: 0 },
    { call: () => sign("sha256", message, privateKey), count: 0, cpu: 0 },
  ];
  const end = performance.now() + Number(seconds) * 1000;
  while (performance.now() < end) {
    for (const tally of tallies) {
      const [turn, before] = [performance.now() + 200, process.cpuUsage()];
      while (performance.now() < turn) {
        await tally.call();
        tally.count++;
      }
      const used = process.cpuUsage(before);
      tally.cpu += (used.user + used.system) / 1e6;
    }
  }
  return tallies.map(({ count, cpu }) => count / cpu);
}

const once = peers[peer]();
const xml = await once();
writeFileSync(xmlFile, xml);
// Not counted: until the engine has compiled what it runs often.
for (const end = performance.now() + 3000; performance.now() < end; ) await once();
const [perSecond, barePerSecond] = await rates(once);
console.log(JSON.stringify({ per_second: perSecond, bare_per_second: barePerSecond, bytes: Buffer.byteLength(xml) }));
