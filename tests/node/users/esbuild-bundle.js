"use strict";
var __defProp = Object.defineProperty;
var __getOwnPropDesc = Object.getOwnPropertyDescriptor;
var __getOwnPropNames = Object.getOwnPropertyNames;
var __hasOwnProp = Object.prototype.hasOwnProperty;
var __commonJS = (cb, mod) => function __require() {
  return mod || (0, cb[__getOwnPropNames(cb)[0]])((mod = { exports: {} }).exports, mod), mod.exports;
};
var __export = (target, all) => {
  for (var name in all)
    __defProp(target, name, { get: all[name], enumerable: true });
};
var __copyProps = (to, from, except, desc) => {
  if (from && typeof from === "object" || typeof from === "function") {
    for (let key of __getOwnPropNames(from))
      if (!__hasOwnProp.call(to, key) && key !== except)
        __defProp(to, key, { get: () => from[key], enumerable: !(desc = __getOwnPropDesc(from, key)) || desc.enumerable });
  }
  return to;
};
var __toCommonJS = (mod) => __copyProps(__defProp({}, "__esModule", { value: true }), mod);

// src/rules.js
var require_rules = __commonJS({
  "src/rules.js"(exports2, module2) {
    module2.exports = { allowed: (email, domains) => domains.some((domain) => email.endsWith(`@${domain}`)) };
  }
});

// src/index.ts
var index_exports = {};
__export(index_exports, {
  onExecutePostLogin: () => onExecutePostLogin
});
module.exports = __toCommonJS(index_exports);
var rules = require_rules();
var onExecutePostLogin = async (event, api) => {
  const domains = event.client.metadata.allowed_domains.split(/\s*,\s*/);
  if (!rules.allowed(event.user.email, domains)) {
    api.access.deny("domain");
    return;
  }
  api.idToken.setCustomClaim("https://example.org/domains", domains);
};
// Annotate the CommonJS export names for ESM import in node:
0 && (module.exports = {
  onExecutePostLogin
});
