import { expectMethods, isOne } from "./expected.js";
import { sharedStore } from "./store.js";

const GET = "select value from bearerkit_tokens where name = ?1 and expires > unixepoch()";
const CREATE = `insert into bearerkit_tokens (name, value, expires) values (?1, ?2, unixepoch() + ?3)
on conflict (name) do update set value = excluded.value, expires = excluded.expires
where bearerkit_tokens.expires <= unixepoch()`;
const REPLACE = "update bearerkit_tokens set value = ?2, expires = unixepoch() + ?3 where name = ?1 and value = ?4";

/** See stores.d.ts. */
export function d1(database, options) {
  return sharedStore(d1Store(database), options);
}

export function d1Store(database) {
  expectMethods(database, ["prepare"], "d1", "a binding of a D1 database, such as env.DB");
  return {
    atomic: true,
    get: (name) => database.prepare(GET).bind(name).first("value"),
    async set(name, value, { ttl, over }) {
      const statement = over === null
        ? database.prepare(CREATE).bind(name, value, ttl)
        : database.prepare(REPLACE).bind(name, value, ttl, over);
      return isOne((await statement.run()).meta.changes);
    },
  };
}
