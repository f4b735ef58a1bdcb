import { AuthError } from "../error.js";

/** What an adapter was given has these methods, or the binding or the client is missing or another. */
export function expectMethods(given, methods, place, wanted) {
  if (methods.every((name) => typeof given?.[name] === "function")) return;
  const isObject = typeof given === "object" && given !== null || typeof given === "function";
  const missing = methods.filter((name) => typeof given?.[name] !== "function");
  const found = isObject ? `something without ${missing.join(", ")}` : given === null ? "null" : typeof given;
  throw new AuthError("ERR_OPTIONS", `${place}: expected ${wanted}, found ${found}`);
}

/** What a store answered that compares. Anything else than these two is no answer. */
export function isOne(found) {
  const count = Number(found);
  if (count === 1) return true;
  if (count === 0) return false;
  throw new Error("the store's answer is neither 0 nor 1");
}
