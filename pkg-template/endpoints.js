import { acquire } from "./acquire.js";
import { complaintOf, reasonOf } from "./cause.js";
import { AuthError } from "./error.js";
import { askForCredentials, launch, signatureOf, veilFor } from "./exchange.js";
import { send } from "./send.js";
import { within } from "./timers.js";
import { bug } from "./wasm.js";

/** Sends the requests that revoke what the machine holds. */
export async function revoke(shared, client) {
  const inquiries = shared.use((machine) =>
    machine.revocations(shared.isOrphan && shared.isResting ? shared.token.value : undefined)
  );
  if (shared.isOrphan && !shared.isResting) {
    // What there was to revoke is not known any more.
    shared.look();
    throw bug();
  }
  for (const inquiry of inquiries) await ask(shared, client, inquiry, "revocation");
  const told = shared.use((machine) => machine.forget(Date.now()));
  shared.look();
  // The fleet is told of it, or would go on with what was revoked.
  if (told) await launch(shared, client, told).ended;
}

/** What the server says of a token: the one given, else the client's own. */
export async function introspect(shared, client, token) {
  // An issuer's endpoints are known once a token was asked for.
  const held = token === undefined || shared.discovers ? await acquire(shared, client) : undefined;
  const { status, host, body } = await ask(shared, client, { token: token ?? held.value }, "introspection");
  const { provider } = shared;
  try {
    const said = JSON.parse(new TextDecoder().decode(body));
    if (typeof said.active === "boolean") return said;
  } catch {
    // It may quote the body.
  }
  throw new AuthError("ERR_BAD_RESPONSE", "the introspection endpoint's answer has no member `active`", {
    provider,
    host,
    status,
  });
}

/** A request to another endpoint than the token endpoint, and its good answer. */
async function ask(shared, client, inquiry, endpoint) {
  const { next, host } = await requestOf(shared, client, inquiry);
  const answer = await send(shared, client, next);
  const { failure, status, cause: thrown } = answer;
  const fail = (code, what, cause) => {
    const known = { provider: shared.provider, host, status: status || undefined, cause };
    throw new AuthError(code, `the ${endpoint} endpoint at ${host} ${what}`, known);
  };
  if (failure === "timeout") fail("ERR_TIMEOUT", `did not answer within ${shared.timeout / 1000} s`);
  if (failure === "too_large") fail("ERR_BAD_RESPONSE", "sent more than 1 MiB");
  if (failure) {
    const cause = shared.causeOf(thrown);
    const { reason } = reasonOf(failure, cause, next.url);
    fail(
      failure === "fetch" ? "ERR_FETCH" : "ERR_UNREACHABLE",
      `could not be reached${reason ? `: ${reason}` : ""}`,
      cause,
    );
  }
  if (status >= 500) fail("ERR_UNREACHABLE", `answered ${status}`);
  if (status === 429) fail("ERR_RATE_LIMITED", "is rate limited (429)");
  if (status >= 400) fail("ERR_REFUSED", `refused with status ${status}`);
  if (status < 200 || status > 299) fail("ERR_BAD_RESPONSE", `answered ${status}, but may not redirect`);
  return { status, host, body: answer.body };
}

/** The request about a token, once its assertion is signed, if it has one. */
async function requestOf(shared, client, { token, hint }) {
  // The platform's identity is that of the acting call; the one of the last token request may have expired.
  if (shared.asks && JSON.parse(shared.json).provider.assertion?.token) {
    const credentials = await within(shared.timeout, askForCredentials(shared, client));
    shared.use((machine) => machine.replace_credentials(credentials));
  }
  const take = (input, signature = new Uint8Array()) =>
    shared.use((machine) => machine.inquiry(token, hint, input, signature, Date.now()));
  const request = take();
  const { next } = request;
  if (next.type !== "sign") return request;
  let signature;
  try {
    signature = await signatureOf(shared, client, next);
  } catch (thrown) {
    const { reason } = complaintOf(shared.causeOf(thrown, veilFor(thrown)));
    const what = client.sign ? `the signer failed: ${reason}` : `the key cannot sign with ${next.alg}`;
    throw new AuthError("ERR_OPTIONS", `credentials: ${what}`, { provider: shared.provider });
  }
  return take(next.input, signature);
}
