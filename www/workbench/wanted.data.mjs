// What a client of each shipped profile is given, as the types of the package have it: made when the site is built.
import { profiles } from "../../scripts/profiles.mjs";

/** `{ file: { variables, credentials } }`, each `{ name, values?, default?, isOptional }`. */
export const wantedOfShipped = () =>
  Object.fromEntries(profiles().map(({ file, variables, credentials }) => [file, { variables, credentials }]));

export default { load: wantedOfShipped };
