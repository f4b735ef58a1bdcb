// What to do about a request that was refused, or never answered.
import { redact } from "./redact.js";

/** Why there is no answer, by what the system calls it. */
export function unreachable({ failure }) {
  const reasons = [
    [/ENOTFOUND|EAI_AGAIN|DNS/i, "the host name cannot be resolved", "check the host in token_endpoint"],
    [
      /ECONNREFUSED/,
      "nothing listens on that host and port",
      "check the port in token_endpoint, and whether the server runs",
    ],
    [
      /CERT|TLS|SSL|UNABLE_TO_VERIFY|SELF_SIGNED/i,
      "the server's certificate is not trusted",
      "set NODE_EXTRA_CA_CERTS to a file with the CA's certificate",
    ],
    [/TIMEOUT|ETIMEDOUT/i, "the connection timed out", "a firewall or a proxy may block it"],
  ];
  const found = reasons.find(([pattern]) => pattern.test(failure ?? ""));
  return found ? [{ reason: found[1], remedy: found[2] }] : [];
}

/** What a status says of the request. */
export function ofStatus({ exchange: { status, headers, url }, shape, place, error, text }) {
  const format = shape.request_format ?? (shape.token_endpoint_method === "GET" ? "query" : "form");
  const method = shape.token_endpoint_auth_method ?? "client_secret_basic";
  if (status >= 300 && status < 400) return [redirect(headers, url)];
  if (status === 404) {
    return [{ reason: "there is nothing at this URL (404)", remedy: "check the path of token_endpoint" }];
  }
  if (status === 405) {
    const isGet = shape.token_endpoint_method === "GET";
    const set = {
      [`${place}token_endpoint_method`]: isGet ? "POST" : "GET",
      ...(format !== "none" && { [`${place}request_format`]: isGet ? "form" : "query" }),
    };
    return [{
      reason: "the method is not allowed there (405)",
      remedy: "check the path of token_endpoint, or write",
      set,
    }];
  }
  const other = format === "json" ? "form" : "json";
  const wantsOther = status === 415 ||
    (status >= 400 && status < 500 &&
      /content.?type|media.?type|valid json|parse json|json (body|expected)/i.test(text));
  if (wantsOther && format !== "none" && format !== "query") {
    return [{
      reason: `it does not accept a body of the format ${format} (${status})`,
      remedy: "write",
      set: { [`${place}request_format`]: other },
    }];
  }
  if (status === 401 || error?.error === "invalid_client") return authentication(method, shape, place, error);
  if (error?.error === "unsupported_grant_type") {
    return [{
      reason: "it does not support this grant",
      remedy: `"grant_type" is ${
        JSON.stringify(shape.grant_type ?? "client_credentials")
      }: what does its documentation say? null sends none`,
    }];
  }
  if (error?.error === "invalid_scope") {
    return [{
      reason: "it does not grant this scope",
      remedy: 'check --scope, and "scope_separator" if there are several',
    }];
  }
  return [];
}

function redirect(headers, url) {
  const reason = "it redirects, and secrets are not sent to the target of a redirect";
  try {
    const target = new URL(headers.location, url);
    const { origin, pathname } = target;
    return {
      reason: `${reason} (to ${redact(origin + pathname)})`,
      remedy: 'if that is the token endpoint, write it as "token_endpoint"',
    };
  } catch {
    return { reason, remedy: "check token_endpoint" };
  }
}

function authentication(method, shape, place, error) {
  if (error?.error === "invalid_grant") return [];
  const isDiscovered = shape.issuer !== undefined && shape.token_endpoint_auth_method === undefined;
  const reason = "it does not accept this client authentication, or the credentials are wrong";
  const alternatives = {
    client_secret_basic: "client_secret_post",
    client_secret_post: "client_secret_basic",
  };
  const member = `${place}token_endpoint_auth_method`;
  if (isDiscovered) {
    return [{
      reason,
      remedy: 'check the credentials; "token_endpoint_auth_method" in a profile overrides the metadata',
    }];
  }
  if (!alternatives[method]) {
    return [{ reason, remedy: "check the credentials, and its documentation on authentication" }];
  }
  const raw = method === "client_secret_basic" && shape.basic_encoding !== "raw"
    ? '; if the id or secret has special characters, it may need "basic_encoding": "raw"'
    : "";
  return [{ reason, remedy: `check the credentials${raw}; otherwise write`, set: { [member]: alternatives[method] } }];
}
