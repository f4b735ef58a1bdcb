import { literalSecrets } from "../../pkg/check/warnings.js";

/** The places in a profile where a secret seems to stand itself, for people: `parameters.client_secret`. */
export const literalSecretsOf = (profile) => literalSecrets(profile).map(({ path }) => path.replace(/^provider\./, ""));
