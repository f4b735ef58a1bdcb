import handle from "./.vercel/output/functions/__fallback.func/index.mjs";

export default { fetch: (request) => handle(request, { waitUntil() {} }) };
