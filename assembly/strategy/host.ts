/** What a strategy's build imports of its host. */

/** The window of a walk is full. The host takes its records, and must not call the strategy. */
export declare function takeRecords(): void;
