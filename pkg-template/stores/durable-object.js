import { DurableObject } from "cloudflare:workers";

// One object for each record. Nothing but storage is awaited between a read and a write: meanwhile no other call is let in.

/** See durable-object.d.ts. */
export class TokenStoreObject extends DurableObject {
  async get() {
    return (await this.ctx.storage.get("record"))?.value ?? null;
  }

  async set(value, over, ttl) {
    const found = await this.get();
    if (found !== over) return false;
    const expires = Date.now() + ttl * 1000;
    await this.ctx.storage.put("record", { value, expires });
    await this.ctx.storage.setAlarm(expires);
    return true;
  }

  async alarm() {
    const record = await this.ctx.storage.get("record");
    if (record && record.expires > Date.now()) {
      await this.ctx.storage.setAlarm(record.expires);
    } else {
      await this.ctx.storage.deleteAll();
    }
  }
}
