import { ask } from "../../api.js";

export const runtime = "edge";
export const dynamic = "force-dynamic";

export default async function Page({ searchParams }) {
  const { base } = await searchParams;
  return <p>{await ask(base)}</p>;
}
