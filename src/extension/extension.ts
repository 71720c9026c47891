export function activate(): void { /* soon */ }
