import handle from "./.vercel/output/functions/![-]/catchall.func/index.js";

export default { fetch: (request) => handle(request, { waitUntil() {} }) };
