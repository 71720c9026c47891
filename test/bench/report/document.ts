export function writeDocument(): Promise<void> { return Promise.resolve(); }
