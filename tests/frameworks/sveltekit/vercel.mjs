import handle from "./.vercel/output/functions/fn.func/index.js";

export default { fetch: (request) => handle(request, { waitUntil() {} }) };
