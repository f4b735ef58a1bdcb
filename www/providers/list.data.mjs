// What the list of the providers shows of each.
import { camelCase, profiles } from "../../scripts/profiles.mjs";
import { facts } from "../.vitepress/providers/page.mjs";

export default {
  watch: ["../../providers/*.json", "../.vitepress/providers/facts.json"],
  load() {
    const known = facts();
    return profiles().map(({ file, profile, variables, credentials }) => ({
      file,
      title: profile.name,
      name: camelCase(file),
      aliases: known[file]?.aliases ?? [],
      wants: [...variables, ...credentials].filter((one) => !one.isOptional && one.default === undefined)
        .map(({ name }) => name),
      grant: grantOf(profile),
    })).sort((one, other) => one.title.localeCompare(other.title, "en"));
  },
};

const GRANTS = {
  client_credentials: "client credentials",
  password: "user and password",
  refresh_token: "refresh token",
  "urn:ietf:params:oauth:grant-type:jwt-bearer": "signed JWT",
  "urn:ietf:params:oauth:grant-type:token-exchange": "platform identity",
};

/** The kind of token request, in a word or two. */
function grantOf({ grant_type: type = "client_credentials", token_endpoint_auth_method: method, assertion, steps }) {
  if (assertion?.use === "access_token") return "signed JWT";
  if (assertion?.token) return "platform identity";
  if (steps) return "token exchange";
  if (method === "private_key_jwt" || assertion?.use === "authorization") return "signed JWT";
  if (type === null) return "login or API key";
  return GRANTS[type] ?? (type.includes("apikey") ? "login or API key" : "client credentials");
}
