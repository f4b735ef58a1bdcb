import { ask } from "../../api.js";

export const runtime = "nodejs";
export const dynamic = "force-dynamic";

export async function GET(request) {
  return new Response(await ask(new URL(request.url).searchParams.get("base")));
}
