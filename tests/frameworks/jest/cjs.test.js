const { createClient } = require("bearerkit");
const { fuse } = require("bearerkit/providers");
const { fakeProvider } = require("bearerkit/testing");
const { expected, live, real } = require("./life.js");

test("the life of a token", async () => {
  expect(await live({ createClient, fuse, fakeProvider, wait: real })).toEqual(expected);
});
