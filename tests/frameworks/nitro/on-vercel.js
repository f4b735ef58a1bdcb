// What of `node:buffer` and `node:events` Nitro's entry names. Vercel has them, and the edge-runtime that runs here has not.
export class Buffer {}
export class EventEmitter {}
