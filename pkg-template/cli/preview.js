// The requests that a client would send, with marks for all that is secret or not known yet. Nothing is sent.
import { literalSecrets } from "../check/warnings.js";
import { locate, putAt, tableOf } from "../check/places.js";
import { standIns } from "../check/profile.js";
import { isMinted, namesIn } from "../check/names.js";
import { buildTokenRequest } from "../core.js";
import { curlOf, decoded, shownRequest } from "./curl.js";
import { environmentName } from "./names.js";
import { asUrl, Masks, shown } from "./masks.js";

const NOTHING = new Uint8Array();

/**
 * `[{ title, method, url, headers, body, curl, assertion?, brings? }]`: an issuer's metadata, the steps, the token request.
 *
 * @param prepared What `prepare` returned; its profile is right.
 * @param metadata What an issuer answered, if it was asked: without that nobody knows the token request.
 * @param isWhole Also with what is not given, and would be left out.
 */
export function previewOf(prepared, { metadata = [], isWhole = false }) {
  const { profile, marked, masks } = masked(prepared, isWhole);
  const now = Date.now();
  const requests = [];
  const steps = profile.steps ?? [];
  let request = buildTokenRequest(marked, now);
  for (let asked = 0; request && isOfMetadata(profile, request); asked += 1) {
    requests.push({ title: "The issuer's metadata", ...shownWith(request, { shape: {} }, masks) });
    request = metadata[asked] ? following(request, metadata[asked], now) : null;
  }
  for (let index = 0; request; index += 1) {
    if (isMinted(profile)) return [mintedPreview(request.sign, { profile, marked }, masks)];
    const { unsigned, assertion } = unsignedOf(request, masks);
    const shape = steps[index] ?? profile;
    const isStep = index < steps.length;
    const title = isStep ? `Step ${index + 1}${shape.name ? `, ${shape.name}` : ""}` : "The token request";
    const brings = isStep ? Object.keys(shape.response?.capture ?? {}) : undefined;
    requests.push({ title, ...shownWith(unsigned, { assertion, shape }, masks), ...(brings && { brings }) });
    request = isStep ? following(unsigned, madeUpAnswer(shape, profile, index, masks), now) : null;
    if (isStep && !request) requests.at(-1).note = "What follows depends on its answer.";
  }
  return requests;
}

/** The request that is sent instead once an answer brought a refresh token; null where an issuer's metadata decide what it is. */
export function refreshPreviewOf(prepared, { metadata = [] } = {}) {
  const { profile, marked, masks } = masked(prepared, true);
  const mark = (name) => masks.mark(environmentName(name));
  const grant = { type: "refresh_token", refreshToken: mark("refresh_token") };
  // A refresh may show the token that it renews.
  const credentials = { ...marked.credentials, access_token: mark("access_token") };
  const now = Date.now();
  if (isMinted(profile)) return null;
  let request = buildTokenRequest({ ...marked, credentials, grant }, now);
  for (let asked = 0; request && isOfMetadata(profile, request); asked += 1) {
    request = metadata[asked] ? following(request, metadata[asked], now) : null;
  }
  if (!request) return null;
  const { unsigned, assertion } = unsignedOf(request, masks);
  const shape = { ...profile, ...profile.refresh };
  return { title: "The refresh request", ...shownWith(unsigned, { assertion, shape }, masks) };
}

/** A call of the API, where the JWT is the token and nothing else is sent. */
function mintedPreview(sign, { profile, marked }, masks) {
  const assertion = { ...assertionOf(sign, masks), input: sign.input };
  const { headers = { authorization: "Bearer {access_token}" }, query = {}, origins } = profile.resource_request ?? {};
  const values = tableOf({
    ...profile.defaults,
    ...marked.variables,
    ...marked.credentials,
    access_token: `${sign.input}.`,
  });
  const fill = (text) => text.replace(/\{\+?([\w.]+)\}/g, (all, name) => values[name] ?? all);
  const filled = (members) => Object.fromEntries(Object.entries(members).map(([name, text]) => [name, fill(text)]));
  const [origin = "https://api.example"] = [origins ?? []].flat().map(fill);
  const parameters = new URLSearchParams(filled(query)).toString();
  const call = {
    method: "GET",
    url: `${origin}/${parameters && `?${parameters}`}`,
    headers: filled(headers),
    body: null,
  };
  return { title: "A call of the API", ...shownWith(call, { assertion, shape: profile }, masks), note: MINTED };
}

const MINTED = "No token request is sent: the JWT is the token.";

/** The options with marks in the place of what is secret, and what tells the marks apart. */
function masked({ provider, check, values, options }, isWhole) {
  const profile = typeof provider === "string" ? { token_endpoint: provider } : structuredClone(provider);
  const masks = new Masks([profile, options]);
  for (const { path, query } of literalSecrets(profile)) {
    const { parent, key, value } = locate({ provider: profile }, path);
    parent[key] = query === undefined ? masks.mark("***") : value.replace(query, masks.mark("***"));
  }
  return { profile, marked: markedOptions(profile, { check, values, options, isWhole }, masks), masks };
}

/** A request as far as it goes without a key. */
function unsignedOf(request, masks) {
  let assertion;
  let unsigned = request;
  while (unsigned.sign) {
    assertion = { ...assertionOf(unsigned.sign, masks), input: unsigned.sign.input };
    unsigned = unsigned.complete(NOTHING);
  }
  return { unsigned, assertion };
}

/** What follows on an answer; null where that was none. */
function following(request, answer, now) {
  try {
    return request.next(answer, now);
  } catch (error) {
    if (error?.name !== "AuthError") throw error;
    return null;
  }
}

/** The first requests, where the provider is known by its issuer. */
export const isOfMetadata = ({ issuer }, { method = "GET", url }) =>
  issuer !== undefined && method === "GET" &&
  /\/\.well-known\/(openid-configuration|oauth-authorization-server)/.test(url);

function shownWith(request, { assertion, shape }, masks) {
  let { url, headers, body } = request;
  if (assertion) {
    // The signature that is still missing is a part of what stands for the JWT.
    const mark = masks.mark("ASSERTION");
    const replace = (text) => text.replaceAll(`${assertion.input}.`, mark);
    url = replace(url);
    body = body === null ? null : replace(body);
    headers = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, replace(value)]));
    const key = shape.assertion?.key ??
      (shape.token_endpoint_auth_method === "client_secret_jwt" ? "client_secret" : "private_key");
    assertion = { alg: assertion.alg, key: environmentName(key), header: assertion.header, claims: assertion.claims };
  }
  const marked = { method: request.method, url, headers, body };
  return {
    ...shownRequest(marked, masks),
    curl: curlOf(marked, masks),
    ...(needsEncoding(marked, shape, masks) && { note: ENCODING }),
    ...(assertion && { assertion }),
  };
}

const ENCODING = "bearerkit encodes the values where necessary; this shell command does not.";

/** curl encodes a form's values; nobody encodes those in a URL's path, in JSON or before base64. */
function needsEncoding({ url, headers, body }, { basic_encoding: encoding = "form" }, masks) {
  const isForm = headers["content-type"] === "application/x-www-form-urlencoded";
  const basic = decoded(headers.authorization ?? "", masks);
  return masks.isAwkward(url.split("?")[0]) || (body !== null && !isForm && masks.isAwkward(body)) ||
    (basic?.scheme === "Basic" && encoding === "form" && masks.isAwkward(basic.text));
}

/** The options with a mark for each value that is secret, comes from the environment or is not there. */
function markedOptions(profile, { check, values, options, isWhole }, masks) {
  const chosen = options.variables?.environment ?? profile.defaults?.environment;
  const stands = standIns(profile, chosen);
  const variables = tableOf({ ...options.variables });
  const credentials = tableOf({});
  for (const one of [...check.variables, ...check.credentials]) {
    const { name, required, isKey, paths, values: choices } = one;
    const from = values.get(name)?.from;
    const isShown = required || from === "environment" || (isWhole && one.default === undefined);
    if (choices || from === "command line" || !isShown) continue;
    const isCredential = check.credentials.some((credential) => credential.name === name);
    // A key that only signs goes into no request; which algorithm it can do decides what an issuer is asked.
    const isOnlyKey = isKey && paths.every((path) => /\.issuer$|\.assertion\.key$/.test(path));
    const value = isOnlyKey && from === "environment"
      ? values.get(name).value
      : likeStandIn(tableOf({ ...stands.variables, ...stands.credentials })[name], () =>
        masks.mark(environmentName(name), values.get(name)?.value));
    (isCredential ? credentials : variables)[name] = value;
  }
  return { ...options, provider: profile, variables, credentials };
}

/** A mark where a word will do, a URL where it has to be one; nothing marks a port. */
function likeStandIn(standIn, mark) {
  if (standIn === "443") return standIn;
  return /^https:/.test(standIn) ? asUrl(mark()) : mark();
}

/** A JWT that is to be signed, as people read it. */
function assertionOf({ alg, input }, masks) {
  const [header, claims] = input.split(".").map((part) => {
    const bytes = Uint8Array.from(atob(part.replaceAll("-", "+").replaceAll("_", "/")), (byte) => byte.charCodeAt(0));
    return JSON.parse(
      new TextDecoder().decode(bytes),
      (_, value) => typeof value === "string" ? shown(masks.pieces(value)) : value,
    );
  });
  return { alg, header, claims };
}

/** An answer that a step would be content with, marks in the places of what is captured. */
function madeUpAnswer(shape, profile, index, masks) {
  const { response = {} } = shape;
  const places = {
    access_token: response.access_token ?? (response.format === "text" ? "" : "/access_token"),
    ...response.capture,
  };
  const headers = {};
  let body = {};
  const later = [...(profile.steps ?? []).slice(index + 1), profile];
  const isUrl = (name) =>
    later.some(({ token_endpoint }) =>
      [name, `step${index + 1}.${name}`].some((one) =>
        token_endpoint?.startsWith(`{+${one}}`) && namesIn(token_endpoint).length > 0
      )
    );
  for (const [name, place] of Object.entries(places)) {
    const mark = masks.mark(`step${index + 1}_${name.replace(/\W/g, "_")}`);
    const value = isUrl(name) ? asUrl(mark) : mark;
    if (place.startsWith("header:")) headers[place.slice("header:".length)] = value;
    else body = laid(body, place, value);
  }
  const { error_when: when } = response;
  if (when && !when.pointer.startsWith("header:")) body = laid(body, when.pointer, when.not[0] ?? null);
  return { status: 200, headers, body: bodyOf(response.format, body) };
}

function bodyOf(format, body) {
  if (format === "text") return typeof body === "string" ? body : "made-up";
  if (format === "form") return new URLSearchParams(typeof body === "object" ? body : {}).toString();
  return JSON.stringify(body);
}

/** A value at a JSON pointer; objects on the way to it. */
function laid(body, pointer, value) {
  if (pointer === "") return value;
  const steps = pointer.slice(1).split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  const root = typeof body === "object" && body !== null ? body : {};
  putAt(root, steps, value);
  return root;
}
