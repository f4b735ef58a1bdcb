// Microsoft's client speaks to Entra ID alone; what it would ask of it first is handed in, so that it asks for tokens only.
import { ConfidentialClientApplication } from "@azure/msal-node";
import { CLIENT_ID, CLIENT_SECRET } from "./stub.mjs";

const HOST = "login.microsoftonline.com";
const AUTHORITY = `https://${HOST}/00000000-0000-0000-0000-000000000001`;

const authorityMetadata = JSON.stringify({
  issuer: `${AUTHORITY}/v2.0`,
  authorization_endpoint: `${AUTHORITY}/oauth2/v2.0/authorize`,
  token_endpoint: `${AUTHORITY}/oauth2/v2.0/token`,
  jwks_uri: `${AUTHORITY}/discovery/v2.0/keys`,
});

const cloudDiscoveryMetadata = JSON.stringify({
  tenant_discovery_endpoint: `${AUTHORITY}/v2.0/.well-known/openid-configuration`,
  "api-version": "1.1",
  metadata: [{ preferred_network: HOST, preferred_cache: HOST, aliases: [HOST] }],
});

export function make(fetch) {
  const app = new ConfidentialClientApplication({
    auth: {
      clientId: CLIENT_ID,
      clientSecret: CLIENT_SECRET,
      authority: AUTHORITY,
      authorityMetadata,
      cloudDiscoveryMetadata,
    },
    system: { networkClient: { sendGetRequestAsync: refuse, sendPostRequestAsync: send } },
  });

  async function send(url, options) {
    const response = await fetch(url, { method: "POST", ...options });
    return { status: response.status, headers: {}, body: await response.json() };
  }

  const ask = async (skipCache) => {
    const { accessToken } = await app.acquireTokenByClientCredential({ scopes: ["api://x/.default"], skipCache });
    return `Bearer ${accessToken}`;
  };
  return { authorization: () => ask(false), acquire: () => ask(true) };
}

function refuse(url) {
  return Promise.reject(new Error(`asked for ${url}`));
}
