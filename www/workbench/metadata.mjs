// A profile from what an issuer says of itself (RFC 8414, OpenID Connect Discovery). The package reads the metadata; how the client
// authenticates is seen in the request that it makes of them.
import { buildTokenRequest, checkProvider } from "../../pkg/core.js";
import { formatJson } from "./format.mjs";

const ENDPOINTS = ["revocation_endpoint", "introspection_endpoint", "authorization_endpoint"];
const MAX_LENGTH = 256 * 1024;

/** `{ text, named, issuer, derived }`, or `{ message }`. `named`: the profile that only names the issuer; `derived`: what came from what. */
export function fromMetadata(text) {
  if (text.length > MAX_LENGTH) return { message: "This text is too long to be an issuer's metadata." };
  const said = parsed(text);
  if (said === undefined) {
    return {
      message: "This is not a JSON object. Paste the JSON that the issuer serves at /.well-known/openid-configuration.",
    };
  }
  const { issuer, token_endpoint } = said;
  if (typeof issuer !== "string" || typeof token_endpoint !== "string") {
    const lacking = typeof issuer === "string" ? "token_endpoint" : "issuer";
    return { message: `The metadata have no ${lacking}, which a profile needs.` };
  }
  const { method, message } = methodOf(said, text);
  if (message) return { message };
  const profile = { name: hostOf(issuer), token_endpoint };
  const derived = [{ member: "token_endpoint", from: "token_endpoint" }];
  if (method !== "client_secret_basic") profile.token_endpoint_auth_method = method;
  const supported = "token_endpoint_auth_methods_supported";
  derived.push({
    member: "token_endpoint_auth_method",
    from: said[supported] ? `${supported}, as the client chooses: ${method}` : `its default: ${method}`,
  });
  for (const name of ENDPOINTS) {
    if (typeof said[name] !== "string") continue;
    profile[name] = said[name];
    derived.push({ member: name, from: name });
  }
  const [problem] = checkProvider(profile).problems;
  if (problem) return { message: `${problem.path.replace(/^provider\./, "")} ${problem.reason}: ${problem.remedy}` };
  const named = formatJson({ name: hostOf(issuer), issuer });
  return { text: formatJson(profile), named, issuer, derived };
}

/** How a client of this issuer authenticates, as the package chooses. */
function methodOf({ issuer, token_endpoint_auth_methods_supported: supported }, body) {
  try {
    const method = withCredentials({ client_id: "-", client_secret: "-" }, issuer, body);
    const isSupported = !Array.isArray(supported) || supported.includes(method);
    if (isSupported || !supported.includes("private_key_jwt")) return { method };
    return { method: withCredentials({ client_id: "-", private_key: "-" }, issuer, body) };
  } catch (error) {
    return { message: error?.message ?? "The metadata cannot be read." };
  }
}

/** What a client with such credentials does. */
function withCredentials(credentials, issuer, body) {
  const first = buildTokenRequest({ provider: { issuer }, credentials }, 0);
  const request = first.next({ status: 200, headers: {}, body }, 0);
  if (request.sign) return credentials.private_key ? "private_key_jwt" : "client_secret_jwt";
  if (request.headers.authorization?.startsWith("Basic ")) return "client_secret_basic";
  return /client_secret=/.test(request.body ?? "") ? "client_secret_post" : "none";
}

function parsed(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function hostOf(issuer) {
  try {
    return new URL(issuer).host;
  } catch {
    return issuer;
  }
}
