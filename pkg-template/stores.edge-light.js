// The client of this runtime is built without shared stores: what can share is brought here.
import "./load.stores.edge-light.js";
export * from "./stores.js";
