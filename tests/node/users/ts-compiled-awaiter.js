"use strict";
var __awaiter = (this && this.__awaiter) || function (thisArg, _arguments, P, generator) {
    function adopt(value) { return value instanceof P ? value : new P(function (resolve) { resolve(value); }); }
    return new (P || (P = Promise))(function (resolve, reject) {
        function fulfilled(value) { try { step(generator.next(value)); } catch (e) { reject(e); } }
        function rejected(value) { try { step(generator["throw"](value)); } catch (e) { reject(e); } }
        function step(result) { result.done ? resolve(result.value) : adopt(result.value).then(fulfilled, rejected); }
        step((generator = generator.apply(thisArg, _arguments || [])).next());
    });
};
Object.defineProperty(exports, "__esModule", { value: true });
exports.onContinuePostLogin = exports.onExecutePostLogin = void 0;
var Level;
(function (Level) {
    Level[Level["Low"] = 0] = "Low";
    Level[Level["High"] = 1] = "High";
})(Level || (Level = {}));
const onExecutePostLogin = (event, api) => __awaiter(void 0, void 0, void 0, function* () {
    const confidence = event.authentication.riskAssessment.confidence;
    const level = confidence === "low" ? Level.High : Level.Low;
    yield new Promise((resolve) => setTimeout(resolve, 5));
    console.log(Level[level], Object.keys(Level));
    api.accessToken.setCustomClaim("https://example.org/risk", Level[level]);
});
exports.onExecutePostLogin = onExecutePostLogin;
const onContinuePostLogin = (event, api) => __awaiter(void 0, void 0, void 0, function* () { });
exports.onContinuePostLogin = onContinuePostLogin;
