import { createClient } from "bearerkit";
import { fuse } from "bearerkit/providers";
import { fakeProvider } from "bearerkit/testing";
import { expected, live, real } from "./life.js";

test("the life of a token", async () => {
  expect(await live({ createClient, fuse, fakeProvider, wait: real })).toEqual(expected);
});
