import process from "node:process";
import { ask } from "../../api.js";

export const revalidate = 1;

/** Made at the build, which has no secrets, and then anew once a second. */
export default async function Page() {
  const { AUTHORITY } = process.env;
  return <p>{AUTHORITY ? await ask(`${AUTHORITY}/isr`) : "without secrets"}</p>;
}
