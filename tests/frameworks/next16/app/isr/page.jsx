import process from "node:process";
import { ask } from "../../api.js";

export const revalidate = 1;
// A token request is never cached. Without this, Next takes that as a wish to render the page for each request.
export const dynamic = "force-static";

/** Made at the build, which has no secrets, and then anew once a second. */
export default async function Page() {
  const { AUTHORITY, NAME } = process.env;
  return <p>{AUTHORITY ? await ask(`${AUTHORITY}/${NAME}-isr`) : "without secrets"}</p>;
}
