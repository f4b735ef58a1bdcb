import { OAuth2Client, OAuth2Fetch } from "@badgateway/oauth2-client";
import { CLIENT_ID, CLIENT_SECRET, URL } from "./stub.mjs";

export function make(fetch) {
  const client = new OAuth2Client({
    tokenEndpoint: URL,
    clientId: CLIENT_ID,
    clientSecret: CLIENT_SECRET,
    authenticationMethod: "client_secret_basic",
    fetch,
  });
  const wrapper = new OAuth2Fetch({ client, getNewToken: () => client.clientCredentials() });
  return {
    authorization: async () => `Bearer ${await wrapper.getAccessToken()}`,
    acquire: async () => `Bearer ${(await wrapper.refreshToken()).accessToken}`,
  };
}
