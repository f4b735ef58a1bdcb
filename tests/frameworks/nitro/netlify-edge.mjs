import handle from "./.netlify/edge-functions/server/server.js";

export default { fetch: (request) => handle(request, { waitUntil() {} }) };
