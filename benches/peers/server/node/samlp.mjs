// npm samlp on express, where everybody has a session: samlp.mjs KEY CERT RESPONSE PORT
// Prints one line of JSON once it listens: its URL.

import express from "express";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const samlp = createRequire(import.meta.url)("samlp");
const [keyFile, certFile, responseFile, port] = process.argv.slice(2);
const wanted = JSON.parse(readFileSync(responseFile, "utf8"));

const app = express();
app.get(
  "/samlp",
  samlp.auth({
    issuer: wanted.issuer,
    cert: readFileSync(certFile),
    key: readFileSync(keyFile),
    signatureAlgorithm: "rsa-sha256",
    digestAlgorithm: "sha256",
    lifetimeInSeconds: wanted.lifetime,
    getPostURL: (audience, samlRequest, request, callback) => callback(null, wanted.acs_url),
    getUserFromRequest: () => ({ id: wanted.name_id }),
    profileMapper: () => ({
      getClaims: () => wanted.attributes,
      getNameIdentifier: () => ({ nameIdentifier: wanted.name_id }),
    }),
  }),
);
app.listen(Number(port), "127.0.0.1", () => console.log(JSON.stringify({ url: `http://localhost:${port}` })));
