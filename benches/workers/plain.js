let authorization;
let renewAt = 0;

export default {
  async fetch(_request, env) {
    if (Date.now() >= renewAt) {
      const answer = await fetch("https://auth.fuse.me/oauth/token", {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({
          grant_type: "client_credentials",
          client_id: env.ID,
          client_secret: env.SECRET,
          audience: "https://api.fuse.me",
        }),
      });
      const { access_token, expires_in } = await answer.json();
      authorization = `Bearer ${access_token}`;
      renewAt = Date.now() + (expires_in - 300) * 1000;
    }
    return fetch("https://api.fuse.me/v1/me", { headers: { authorization } });
  },
};
