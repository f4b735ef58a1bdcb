// The life of a token against the package's own scripted server: the same for each environment and module system.
exports.live = async ({ createClient, fuse, fakeProvider, wait }) => {
  const fake = fakeProvider({ lifetime: 4 });
  const api = createClient({ provider: fuse, credentials: fake.credentials, fetch: fake.fetch });
  const ask = async () => (await api.fetch("https://api.fuse.me/v1/accounts")).status;
  const herd = await Promise.all(Array.from({ length: 12 }, ask));
  const counts = [fake.count("token")];
  await wait(4100);
  const statuses = [...herd, await ask()];
  counts.push(fake.count("token"));
  fake.revokeAll();
  statuses.push(await ask());
  counts.push(fake.count("token"));
  api.close();
  return { statuses: [...new Set(statuses)], counts };
};

exports.expected = { statuses: [200], counts: [1, 2, 3] };
exports.real = (millis) => new Promise((resolve) => setTimeout(resolve, millis));
