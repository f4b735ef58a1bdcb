import { expectMethods, isOne } from "./expected.js";
import { sharedStore } from "./store.js";

/** ARGV: the value, seconds, and the value that it is written over; without a third one nothing may be there. */
const SET = `local found = redis.call("get", KEYS[1])
if found ~= (ARGV[3] or false) then return 0 end
redis.call("set", KEYS[1], ARGV[1], "EX", ARGV[2])
return 1`;

/** Upstash's client reads every answer as JSON, unless it cannot be any. */
const GET_RAW = `local found = redis.call("get", KEYS[1])
return found and ("=" .. found)`;

/** See stores.d.ts. */
export function redis(client, options) {
  return sharedStore(redisStore(client), options);
}

export function redisStore(client) {
  expectMethods(client, ["get", "eval"], "redis", "a client of ioredis, redis (node-redis) or @upstash/redis");
  const evaluate = evaluatorOf(client);
  return {
    atomic: true,
    async get(name) {
      const found = await client.get(name);
      if (typeof found === "string" || found === null || found === undefined) return found;
      // Someone else's value: as text it can be written over.
      return (await evaluate(GET_RAW, name, []))?.slice(1);
    },
    async set(name, value, { ttl, over }) {
      const args = [value, String(ttl)];
      if (over !== null) args.push(over);
      return isOne(await evaluate(SET, name, args));
    },
  };
}

/** The three call it with the same things in another order. They are told apart by what each alone has. */
function evaluatorOf(client) {
  // node-redis
  if (typeof client.pExpire === "function") {
    return (script, name, args) => client.eval(script, { keys: [name], arguments: args });
  }
  // ioredis
  if (typeof client.call === "function") return (script, name, args) => client.eval(script, 1, name, ...args);
  // Upstash
  return (script, name, args) => client.eval(script, [name], args);
}
