import { expectMethods, isOne } from "./expected.js";
import { sharedStore } from "./store.js";

/** ARGV: the value, seconds, and the value that it is written over; without a third one nothing may be there. */
const SET = `local found = redis.call("get", KEYS[1])
if found ~= (ARGV[3] or false) then return 0 end
redis.call("set", KEYS[1], ARGV[1], "EX", ARGV[2])
return 1`;

/** Upstash's client reads every answer as JSON, unless it cannot be any. */
const GET = `local found = redis.call("get", KEYS[1])
return found and ("=" .. found)`;

/** See stores.d.ts. */
export function redis(client, options) {
  return sharedStore(redisStore(client), options);
}

export function redisStore(client) {
  expectMethods(client, ["get", "eval"], "redis", "a client of ioredis, redis (node-redis) or @upstash/redis");
  const { get, evaluate } = callsOf(client);
  return {
    atomic: true,
    get,
    async set(name, value, { ttl, over }) {
      const args = [value, String(ttl)];
      if (over !== null) args.push(over);
      return isOne(await evaluate(SET, name, args));
    },
  };
}

/** The three run a script with the same things in another order. They are told apart by what each alone has. */
function callsOf(client) {
  const get = (name) => client.get(name);
  // node-redis
  if (typeof client.pExpire === "function") {
    return { get, evaluate: (script, name, args) => client.eval(script, { keys: [name], arguments: args }) };
  }
  // ioredis
  if (typeof client.call === "function") {
    return { get, evaluate: (script, name, args) => client.eval(script, 1, name, ...args) };
  }
  // Upstash
  const evaluate = (script, name, args) => client.eval(script, [name], args);
  return { get: async (name) => (await evaluate(GET, name, []))?.slice(1), evaluate };
}
