// The shipped profiles, and what whoever uses one has to say, and may.
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { root } from "./paths.mjs";

const BUILT_IN = ["access_token", "refresh_token", "scope", "token_endpoint", "uuid"];
const CREDENTIALS = ["client_id", "client_secret", "username", "password", "private_key", "api_key"];

/**
 * All of providers/, by the name of the file: `{ file, profile, variables, credentials }`. The credentials are names, the
 * variables `{ name, values?, default? }`.
 */
export function profiles() {
  return readdirSync(join(root, "providers"))
    .filter((name) => name.endsWith(".json") && name !== "schema.json")
    .map((name) => basename(name, ".json"))
    .sort()
    .map((file) => {
      const { $schema: _, ...profile } = JSON.parse(readFileSync(join(root, "providers", `${file}.json`), "utf8"));
      return { file, profile, ...wanted(profile) };
    });
}

/** `entra-id` is `entraId` in JavaScript. */
export const camelCase = (file) => file.replace(/-(\w)/g, (_, letter) => letter.toUpperCase());

/** `entra-id` is `ENTRA_ID` in Rust. */
export const upperCase = (file) => file.replaceAll("-", "_").toUpperCase();

/** A variable in Markdown, with the values that it may have. */
export function described({ name, values = [], default: value }) {
  const notes = [values.map((value) => `\`${value}\``).join(" | "), value && `default \`${value}\``].filter(Boolean);
  return `\`${name}\`${notes.length > 0 ? ` (${notes.join("; ")})` : ""}`;
}

function wanted(profile) {
  const { defaults = {}, environments = {}, token_endpoint_auth_method: auth = "client_secret_basic" } = profile;
  const named = new Set(
    auth === "none" ? [] : ["client_id", auth === "private_key_jwt" ? "private_key" : "client_secret"],
  );
  for (const [, name] of JSON.stringify(profile).matchAll(/\{\+?([\w.]+)\}/g)) named.add(name);
  const set = Object.values(environments).flatMap(Object.keys);
  const given = [...named].filter((name) => !BUILT_IN.includes(name) && !set.includes(name));
  const values = Object.keys(environments);
  const variables = [
    ...(values.length > 0 ? [{ name: "environment", values, default: defaults.environment }] : []),
    ...given.filter((name) => !CREDENTIALS.includes(name)).map((name) => ({ name, default: defaults[name] })),
  ];
  return { variables, credentials: given.filter((name) => CREDENTIALS.includes(name)) };
}
