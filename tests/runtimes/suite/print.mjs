import { fakeCredentials } from "bearerkit/testing";
import { rejection } from "./assert.mjs";
import { API, PLAIN } from "./world.mjs";

/** Prints what a user might print; the secrets and tokens in question are the ones that `run.mjs` knows of the server. */
export async function print(world) {
  const onEvent = (event) => console.log("event", event);
  const client = world.client({ provider: PLAIN, onEvent, patience: 0 });
  await world.fail({
    type: "status",
    status: 400,
    body: { error: "invalid_client", error_description: fakeCredentials.client_secret },
  });
  console.log("error", await rejection(client.token()));
  const other = world.client({ provider: PLAIN, onEvent, scope: "a" });
  console.log("response", (await other.fetch(API)).status);
  console.log("token", await other.token(), `${await other.token()}`, [await other.token()]);
  console.log("client", other, { other }, `${other}`, other.token, other.fetch);
  console.log("explanation", other.explain(), client.explain());
  console.error("printed all of it");
}
