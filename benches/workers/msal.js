// It speaks to Microsoft Entra ID alone, and needs `nodejs_compat`.
import { ConfidentialClientApplication } from "@azure/msal-node";

let app;

export default {
  async fetch(_request, env) {
    app ??= new ConfidentialClientApplication({
      auth: {
        clientId: env.ID,
        clientSecret: env.SECRET,
        authority: `https://login.microsoftonline.com/${env.TENANT}`,
      },
    });
    const { accessToken } = await app.acquireTokenByClientCredential({ scopes: ["https://api.fuse.me/.default"] });
    return fetch("https://api.fuse.me/v1/me", { headers: { authorization: `Bearer ${accessToken}` } });
  },
};
