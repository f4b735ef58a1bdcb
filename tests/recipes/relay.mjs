// Preloaded into a recipe's process: what it sends to its placeholder hosts goes to the scripted server at RELAY, so that the
// page's file runs as it stands.
import process from "node:process";

const PLACEHOLDER = /\.example$|^(keycloak|orders)$/;
const { fetch } = globalThis;

globalThis.fetch = (input, init) => {
  const { protocol, hostname, pathname, search } = new URL(input.url ?? input);
  if (!PLACEHOLDER.test(hostname)) return fetch(input, init);
  // The scripted server takes a path's first segment for the host if it has a dot.
  const host = hostname.includes(".") ? hostname : `${hostname}.example`;
  const target = `${process.env.RELAY}/${host}${pathname}${search}`;
  const isInTheClear = protocol === "http:";
  if (isInTheClear && hostname.includes(".")) throw new TypeError(`${hostname} is asked in the clear`);
  return fetch(input instanceof Request ? new Request(target, input) : target, init);
};
