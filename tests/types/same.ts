/** Whether two types are the same, not only assignable to each other. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** `holds<Same<A, B>>()` compiles only if it does. */
export declare function holds<_Claim extends true>(): void;
