// tenant: auth0-4
"use strict";
var __importDefault = (this && this.__importDefault) || function (mod) {
    return (mod && mod.__esModule) ? mod : { "default": mod };
};
var __importStar = (this && this.__importStar) || (function () {
    var ownKeys = function(o) {
        ownKeys = Object.getOwnPropertyNames || function (o) {
            var ar = [];
            for (var k in o) if (Object.prototype.hasOwnProperty.call(o, k)) ar[ar.length] = k;
            return ar;
        };
        return ownKeys(o);
    };
    return function (mod) {
        if (mod && mod.__esModule) return mod;
        var result = {};
        if (mod != null) for (var k = ownKeys(mod), i = 0; i < k.length; i++) if (k[i] !== "default") result[k[i]] = mod[k[i]];
        result["default"] = mod;
        return result;
    };
})();
Object.defineProperty(exports, "__esModule", { value: true });
exports.onExecutePostLogin = void 0;
const axios_1 = __importDefault(require("axios"));
const crypto = __importStar(require("crypto"));
const onExecutePostLogin = async (event, api) => {
    var _a, _b;
    const { data } = await axios_1.default.get(`${event.client.metadata.server}/profiles/ts`);
    const digest = crypto.createHash("sha256").update((_b = (_a = event.user) === null || _a === void 0 ? void 0 : _a.email) !== null && _b !== void 0 ? _b : "").digest("hex");
    api.idToken.setCustomClaim("https://example.org/profile", data.id);
    api.idToken.setCustomClaim("https://example.org/digest", digest);
};
exports.onExecutePostLogin = onExecutePostLogin;
