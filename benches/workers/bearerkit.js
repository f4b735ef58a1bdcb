import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";

let api;

export default {
  fetch(_request, env) {
    api ??= createClient({ provider: fuse, credentials: { client_id: env.ID, client_secret: env.SECRET } });
    return api.fetch("https://api.fuse.me/v1/me");
  },
};
