import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";

let api;

export default {
  fetch(_request, env) {
    api ??= make(env);
    return api.fetch("https://api.fuse.me/v1/me");
  },
};

function make(env) {
  const client = new OAuth2Client({
    tokenEndpoint: "https://auth.fuse.me/oauth/token",
    clientId: env.ID,
    clientSecret: env.SECRET,
    authenticationMethod: "client_secret_post",
  });
  const extraParams = { audience: "https://api.fuse.me" };
  return new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials({ extraParams }) });
}
