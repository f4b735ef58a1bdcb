import { awkwardCredentials as credentials } from "bearerkit/testing";
import { rejection } from "./assert.mjs";
import { API, PLAIN } from "./world.mjs";

/** Prints what a user might print; the secrets and tokens in question are the ones that `run.mjs` knows of the server. */
export async function print(world) {
  const onEvent = (event) => console.log("event", event);
  await world.options({ credentials });
  const client = world.client({ provider: PLAIN, credentials, onEvent, patience: 0 });
  await world.fail({
    type: "status",
    status: 400,
    body: {
      error: "invalid_client",
      error_description: `${credentials.client_secret} ${btoa(encodeURIComponent(credentials.client_secret))}`,
    },
  });
  const error = await rejection(client.token());
  console.log("error", error, new Error("mine", { cause: error }));
  const other = world.client({ provider: PLAIN, credentials, onEvent, scope: "a" });
  console.log("response", (await other.fetch(API)).status);
  console.log("token", await other.token(), `${await other.token()}`, [await other.token()]);
  console.log("client", other, { other }, `${other}`, other.token, other.fetch);
  console.log("explanation", other.explain(), client.explain());
  for (const value of [error, client, other, await other.token(), other.explain()]) {
    console.dir(value, { showHidden: true, depth: 20 });
    console.table?.(value);
  }
  console.error("printed all of it");
}
