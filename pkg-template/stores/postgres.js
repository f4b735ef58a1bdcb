import { AuthError } from "../error.js";
import { sharedStore } from "./store.js";

const GET = "select value from bearerkit_tokens where name = $1 and expires > now()";
const EXPIRES = "now() + $3::integer * interval '1 second'";
const CREATE = `insert into bearerkit_tokens as held (name, value, expires) values ($1, $2, ${EXPIRES})
on conflict (name) do update set value = excluded.value, expires = excluded.expires where held.expires <= now()
returning name`;
const REPLACE =
  `update bearerkit_tokens set value = $2, expires = ${EXPIRES} where name = $1 and value = $4 returning name`;

/** See stores.d.ts. */
export function postgres(query, options) {
  return sharedStore(postgresStore(query), options);
}

export function postgresStore(query) {
  if (typeof query !== "function") {
    const example = "(text, values) => pool.query(text, values)";
    throw new AuthError("ERR_OPTIONS", `postgres: expected a function, such as ${example}; found ${typeof query}`);
  }
  return {
    atomic: true,
    get: async (name) => (await query(GET, [name])).rows[0]?.value,
    async set(name, value, { ttl, over }) {
      const { rows } = over === null
        ? await query(CREATE, [name, value, ttl])
        : await query(REPLACE, [name, value, ttl, over]);
      return rows.length === 1;
    },
  };
}
