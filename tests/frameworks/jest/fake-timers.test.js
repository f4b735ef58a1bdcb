const { createClient } = require("bearerkit");
const { fuse } = require("bearerkit/providers");
const { fakeProvider } = require("bearerkit/testing");
const { expected, live, real } = require("./life.js");

const fetch = async () => Response.json({ access_token: "token", expires_in: 60 });
const client = (name) =>
  createClient({ provider: "https://as.example/token", credentials: { client_id: name, client_secret: "s" }, fetch });

afterEach(() => jest.useRealTimers());

test("faked before the client is made", async () => {
  jest.useFakeTimers();
  expect(await client("before").authorization()).toBe("Bearer token");
});

test("faked after the client was made", async () => {
  const api = client("after");
  jest.useFakeTimers();
  expect(await api.authorization()).toBe("Bearer token");
});

test("real ones in the same file", async () => {
  expect(await client("real").authorization()).toBe("Bearer token");
});

test("a token ages as the fake clock moves", async () => {
  jest.useFakeTimers();
  const wait = (millis) => jest.advanceTimersByTimeAsync(millis);
  expect(await live({ createClient, fuse, fakeProvider, wait })).toEqual(expected);
});

test("and the life of one in real time", async () => {
  expect(await live({ createClient, fuse, fakeProvider, wait: real })).toEqual(expected);
}, 10_000);
